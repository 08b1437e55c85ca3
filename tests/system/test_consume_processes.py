"""`manage.py feedsync_consume` as real processes: they end when told, die when killed; nothing is lost or doubled."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from emulator import Emulator
from feedsync import clock, natural_keys
from feedsync.wire.page import Change
from tests.postgres import Postgres
from tests.system.replicas import Feed, Replica, end, feed

MANY = 12_000
V = clock.at(1_000_000)


def tags(count: int, version: int = V) -> list[Change]:
    return [
        Change(
            feed="atlas.tag",
            key=natural_keys.text([f"t{number}"]),
            version=version,
            origin="studio",
            fields={"slug": f"t{number}", "label": f"{version}"},
        )
        for number in range(count)
    ]


@pytest.fixture(scope="module")
def host() -> Iterator[str]:
    given = os.environ.get("PUBSUB_EMULATOR_HOST")
    if given:
        yield given
        return
    with Emulator() as cloud:
        yield cloud.host


@pytest.fixture
def studio(host: str) -> Feed:
    return feed(host)


@pytest.fixture(params=["sqlite", "postgres"])
def shop(request: pytest.FixtureRequest, studio: Feed, tmp_path: Path) -> Iterator[Replica]:
    database = str(tmp_path / "shop.sqlite3")
    if request.param == "postgres":
        server: Postgres = request.getfixturevalue("postgres_server")
        database = server.database(studio.topic.split("/")[-1]).url
    with Replica(database, studio, tmp_path) as replica:
        yield replica


@pytest.mark.not_at_googles_emulator
def test_sigterm_in_the_middle_ends_in_order(shop: Replica, studio: Feed) -> None:
    """It finishes its batch, exits with 0 within seconds, and what it left comes to the next one."""
    studio.send(tags(MANY))
    process = shop.consume()
    shop.wait(lambda: shop.count("atlas_tag") > 0)
    assert end(process, signal.SIGTERM, seconds=10) == 0, shop.said
    left = shop.count("atlas_tag")
    assert left == shop.count("feedsync_ledgerentry")
    shop.consume()
    shop.wait(lambda: shop.count("atlas_tag") == MANY)
    assert "Traceback" not in shop.said


def test_sigkill_in_the_middle_loses_and_doubles_nothing(shop: Replica, studio: Feed) -> None:
    """What was not acknowledged comes again, and what was applied already changes nothing (invariant 4)."""
    studio.send(tags(MANY))
    process = shop.consume()
    shop.wait(lambda: shop.count("atlas_tag") > 0)
    end(process, signal.SIGKILL, seconds=10)
    shop.consume()
    shop.wait(lambda: shop.count("atlas_tag") == MANY)
    assert shop.count("feedsync_ledgerentry") == MANY


def test_processes_side_by_side_end_in_the_newest_state(shop: Replica, studio: Feed) -> None:
    """Two consumers, and every object at several versions: the newest wins everywhere."""
    consumers = [shop.consume(), shop.consume()]
    for version in range(V, V + 10):
        studio.send(tags(500, version))
    newest = f"SELECT count(*) FROM atlas_tag WHERE label = '{V + 9}'"
    shop.wait(lambda: shop.plain.value(newest) == 500)
    assert [end(process, signal.SIGINT, seconds=10) for process in consumers] == [0, 0], shop.said
    assert shop.consume("--until-idle", "1").wait(60) == 0
    assert shop.count("atlas_tag") == shop.plain.value(newest) == 500


@pytest.mark.parametrize("shop", ["postgres"], indirect=True)
def test_a_second_signal_ends_it_at_once(shop: Replica, studio: Feed) -> None:
    """Also in the middle of a batch that hangs; nothing is lost by that."""
    shop.plain.execute("BEGIN")
    shop.plain.execute("LOCK TABLE atlas_tag")
    studio.send(tags(10))
    process = shop.consume()
    shop.wait(lambda: shop.count("pg_locks WHERE NOT granted") > 0)
    process.send_signal(signal.SIGTERM)
    shop.wait(lambda: "stopping" in shop.said)
    assert end(process, signal.SIGTERM, seconds=5) == -signal.SIGTERM
    shop.plain.execute("ROLLBACK")
    shop.consume()
    shop.wait(lambda: shop.count("atlas_tag") == 10)
