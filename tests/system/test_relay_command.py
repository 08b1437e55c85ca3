"""`manage.py feedsync_relay` as a process: at once, side by side, killed, stopped."""

from __future__ import annotations

import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from feedsync.wire.page import Change, decode_page
from tests.db.relay.relaying import marks
from tests.library.models import Country, Person
from tests.system.cloud import TOPIC, Cloud
from tests.system.processes import environment, start, until

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "other"])
RELAY = ["-m", "django", "feedsync_relay"]


def published(cloud: Cloud) -> list[Change]:
    return [change for message in cloud.published(TOPIC) for change in decode_page(message.data).changes]


@contextmanager
def relay(cloud: Cloud, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    """A relay that is running when the block begins, and gone when it ends."""
    process = start([*RELAY, *arguments], environment(cloud))
    try:
        assert process.stdout is not None
        assert any("relaying default, other" in line for line in process.stdout)
        yield process
    finally:
        process.kill()
        process.communicate()


def test_once_drains_and_ends(cloud: Cloud) -> None:
    """Status 0, everything published, and lines that say so."""
    Country.objects.create(code="GB")
    process = start([*RELAY, "--once"], environment(cloud))
    output, _ = process.communicate(timeout=30)
    assert process.returncode == 0, output
    assert "default: 1 marks, 1 changes published" in output
    assert "nothing is left" in output
    assert [change.key for change in published(cloud)] == ['["GB"]']


def test_once_without_topic_fails_with_a_sentence(cloud: Cloud) -> None:
    """Status 1, what to do, and the mark still there."""
    Country.objects.create(code="GB")
    process = start([*RELAY, "--once"], environment(cloud, TOPIC="unknown"))
    output, _ = process.communicate(timeout=30)
    assert process.returncode == 1
    assert "feedsync_setup" in output
    assert "Traceback" not in output
    assert marks() == 1


def test_changes_of_every_database_are_relayed_while_it_runs(cloud: Cloud) -> None:
    """Nothing wakes it but the commit of another process."""
    with relay(cloud):
        Country.objects.create(code="GB")
        Country.objects.using("other").create(code="FR")
        until(lambda: len(published(cloud)) == 2)
        until(lambda: marks() == marks("other") == 0)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_drains_on_a_signal_and_ends_with_status_0(cloud: Cloud, number: signal.Signals) -> None:
    """What was committed before the signal is published."""
    with relay(cloud) as process:
        Person.objects.bulk_create(Person(email=f"{place}@example.com") for place in range(3_000))
        process.send_signal(number)
        output, _ = process.communicate(timeout=30)
        assert process.returncode == 0, output
        assert "stopped" in output
    assert len(published(cloud)) == 3_000
    assert marks() == 0


def test_several_side_by_side_publish_everything(cloud: Cloud) -> None:
    """Three relays, and every object with its last state at its highest version."""
    with relay(cloud), relay(cloud), relay(cloud):
        for turn in range(5):
            Person.objects.all().delete()
            Person.objects.bulk_create(Person(email=f"{place}@example.com", name=str(turn)) for place in range(200))
        until(lambda: marks() == 0)
    last = {change.key: change for change in sorted(published(cloud), key=lambda change: change.version)}
    assert {change.fields["name"] for change in last.values() if change.fields} == {"4"}
    assert len(last) == 200


def test_killed_again_and_again_it_loses_nothing(cloud: Cloud) -> None:
    """SIGKILL at any moment, five times: the next relay waits for the leases and publishes what is left."""
    for turn in range(5):
        with relay(cloud) as process:
            Person.objects.bulk_create(Person(email=f"{turn}-{place}@example.com") for place in range(500))
            until(lambda: bool(published(cloud)))
            process.send_signal(signal.SIGKILL)
    output, _ = start([*RELAY, "--once"], environment(cloud)).communicate(timeout=60)
    assert "nothing is left" in output
    assert len({change.key for change in published(cloud)}) == 2_500
