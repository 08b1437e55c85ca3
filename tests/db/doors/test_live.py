"""Cloud Tasks and push as they are: official clients ask the emulator, which calls this server with tokens."""

from __future__ import annotations

from collections.abc import Iterator
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connections
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from consumers.models import DataPull, DataSource, ParkedChange
from consumers.streaming.consumer import Limits
from consumers.tasks import start
from emulator import Emulator
from feedsync.models import DeadChange, LedgerEntry, Mark
from feedsync.relay import waking
from feedsync.transport import clients
from feedsync.wire.page import Change, decode_page, encode_pages
from tests.db.consume.consuming import consume
from tests.db.doors.calling import RELAY
from tests.db.doors.live import counting, wait
from tests.db.doors.test_push import NOW
from tests.db.pull.source import Source, tag
from tests.library.models import Country, Language, Tag
from tests.unit.http.server import Server, plain

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "other"])

TOPIC = "projects/test/topics/studio"
OWN_TOPIC = "projects/test/topics/feedsync"


@pytest.fixture
def cloud(monkeypatch: pytest.MonkeyPatch) -> Iterator[Emulator]:
    with Emulator() as running:
        for name, value in running.environment.items():
            monkeypatch.setenv(name, value)
        running.create_topic(TOPIC)
        yield running


@pytest.fixture
def shop(
    cloud: Emulator, live_server: LiveServer, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Settings]:
    """Set up for calls, by a process that has not asked the emulator of a former test for a task of this second."""
    monkeypatch.setattr(waking._process, "waker", waking.Waker())
    settings.FEEDSYNC = settings.FEEDSYNC | {
        "TASKS": "cloud_tasks",
        "BASE_URL": live_server.url,
        "OIDC_CERTS_URL": f"http://{cloud.host}/oauth2/v1/certs",
    }
    call_command("feedsync_setup", stdout=StringIO())
    yield settings
    cloud.stop_serving()  # before the tables are emptied: nothing may call any more


@pytest.fixture
def source() -> Source:
    return Source(rows={"library.tag": [tag(f"t{number}") for number in range(6)]}, topic=TOPIC)


@pytest.fixture
def server(source: Source) -> Iterator[Server]:
    with Server(source.answers()) as running:
        yield running


def pull() -> DataPull:
    return DataPull.objects.latest("pk")


def test_source_that_is_added_is_pulled_by_a_task(shop: Settings, server: Server, source: Source) -> None:
    """Adding returns at once; Cloud Tasks calls with a token, and the pull runs in that call."""
    DataSource.objects.create(env_name="studio", env_url=server.url)
    wait(lambda: pull().status == "done", lambda: pull().message)
    assert Tag.objects.count() == 6
    assert source.cursors == ["0"]


def test_queue_that_is_away_breaks_nothing(shop: Settings, cloud: Emulator, server: Server) -> None:
    """The pull says so; resumed when the queue is back, twice for good measure, it runs once."""
    cloud.stop_serving()
    DataSource.objects.create(env_name="studio", env_url=server.url)
    assert pull().status == "failed"
    assert "could not be reached" in pull().message
    cloud.serve()
    wait(lambda: [start.resume(pull().pk), pull().status][1] != "failed", lambda: pull().message)
    wait(lambda: pull().status == "done", lambda: pull().message)
    assert Tag.objects.count() == 6
    assert pull().step >= 1


def test_task_that_fails_is_called_again(shop: Settings, cloud: Emulator, server: Server) -> None:
    """While the source is away the pull waits and says why; a later attempt of the same task finishes it."""
    contract = server.answers["/feedsync/contract/"]
    server.answers["/feedsync/contract/"] = plain(b"{}", status=503)
    DataSource.objects.create(env_name="studio", env_url=server.url)
    wait(lambda: pull().status == "waiting" and pull().message, lambda: pull().message)
    assert "503" in pull().message
    server.answers["/feedsync/contract/"] = contract
    cloud.advance(400)
    wait(lambda: pull().status == "done", lambda: pull().message)
    assert (Tag.objects.count(), pull().step) == (6, 0)


def test_queue_that_is_missing_says_what_to_run(shop: Settings, server: Server) -> None:
    """Set-up makes it."""
    shop.FEEDSYNC = shop.FEEDSYNC | {"CLOUD_TASKS_QUEUE_ID": "other"}
    DataSource.objects.create(env_name="studio", env_url=server.url)
    assert "feedsync_setup" in pull().message


def test_burst_of_commits_is_few_relay_tasks(shop: Settings, cloud: Emulator) -> None:
    """Everything is published, by calls that share their commits."""
    shop.FEEDSYNC = shop.FEEDSYNC | {"RELAY": "cloud_tasks"}
    with counting(RELAY) as calls:
        for number in range(50):
            Tag.objects.create(slug=f"t{number}")
        wait(lambda: not Mark.objects.exists())
        wait(lambda: len(keys(cloud)) == 50)
    assert 1 <= len(calls) < 15


def test_commit_while_the_queue_is_away(shop: Settings, cloud: Emulator) -> None:
    """It neither waits nor fails; its change leaves when the queue is back, without another commit."""
    shop.FEEDSYNC = shop.FEEDSYNC | {"RELAY": "cloud_tasks"}
    cloud.stop_serving()
    Tag.objects.create(slug="a")
    assert Mark.objects.count() == 1
    cloud.serve()
    wait(lambda: keys(cloud) == ['["a"]'])


def keys(cloud: Emulator) -> list[str]:
    pages = [decode_page(message.data) for message in cloud.published(OWN_TOPIC)]
    return [change.key for page in pages for change in page.changes]


def changes() -> list[Change]:
    """Of many kinds: parents after children, a deletion, a duplicate, one that never comes to rest."""
    given: list[tuple[str, str, dict[str, Any] | None]] = [
        ("library.language", '["GB","en"]', {"country": ["GB"], "code": "en"}),
        ("library.country", '["GB"]', {"code": "GB", "name": "Britain"}),
        ("library.tag", '["a"]', {"slug": "a", "label": "A"}),
        ("library.tag", '["a"]', {"slug": "a", "label": "AA"}),
        ("library.tag", '["b"]', {"slug": "b", "label": "B"}),
        ("library.tag", '["b"]', None),
        ("library.language", '["FR","fr"]', {"country": ["FR"], "code": "fr"}),
    ]
    return [
        Change(feed=feed, key=key, version=NOW + number, origin="studio", fields=fields)
        for number, (feed, key, fields) in enumerate(given)
    ]


def state() -> dict[str, list[Any]]:
    """What a replica has and knows, without local ids and times."""
    return {
        "tags": list(Tag.objects.order_by("slug").values_list("slug", "label")),
        "countries": list(Country.objects.order_by("code").values_list("code", "name")),
        "languages": list(Language.objects.order_by("code").values_list("country__code", "code")),
        "ledger": sorted(LedgerEntry.objects.values_list("feed", "key", "version", "origin", "content_hash")),
        "parked": sorted(ParkedChange.objects.values_list("feed", "key", "version", "reason", "waits_key")),
        "dead": list(DeadChange.objects.values_list("feed", "key")),
    }


def received(cloud: Emulator, url: str, delivery: str) -> dict[str, list[Any]]:
    """The state after the changes came that way."""
    call_command("flush", interactive=False, verbosity=0)
    source = DataSource(env_name="studio", env_url=url, delivery=delivery)
    DataSource.objects.bulk_create([source])
    call_command("feedsync_setup", stdout=StringIO())
    source.refresh_from_db()
    pages = [page for change in changes() for page in encode_pages([change], incarnation="i")]
    for page in [*pages, *pages[:3]]:
        cloud.publish(TOPIC, page.data, **page.attributes)
    if delivery == "stream":
        consume(Limits(messages=len(pages) + 3))
    cloud.drain(source.subscription, timeout_seconds=60)
    return state()


def test_stream_and_push_end_in_the_same_state(shop: Settings, cloud: Emulator, server: Server) -> None:
    """Same topic, same changes; one subscription at a time, changed by set-up from push to a stream."""
    pushed = received(cloud, server.url, "push")
    streamed = received(cloud, server.url, "stream")
    connections.close_all()
    assert pushed == streamed
    assert pushed["tags"] == [("a", "AA")]
    assert [parked[1] for parked in pushed["parked"]] == ['["FR","fr"]']


def test_pushed_changes_come_by_themselves(shop: Settings, cloud: Emulator, server: Server) -> None:
    """A source that is added with push as its delivery: its first pull makes the subscription, and Pub/Sub calls."""
    DataSource.objects.create(env_name="studio", env_url=server.url, delivery="push")
    wait(lambda: pull().status == "done", lambda: pull().message)
    for page in encode_pages(changes()[2:3], incarnation="i"):
        cloud.publish(TOPIC, page.data, **page.attributes)
    wait(lambda: Tag.objects.filter(slug="a", label="A").exists())


def test_unwrapped_push_is_taken_as_pubsub_sends_it(shop: Settings, cloud: Emulator, server: Server) -> None:
    """Somebody chose to have messages unwrapped, with their metadata in headers; set-up leaves that as it is."""
    source = DataSource(env_name="studio", env_url=server.url, delivery="push")
    DataSource.objects.bulk_create([source])
    call_command("feedsync_setup", stdout=StringIO())
    source.refresh_from_db()
    found = clients.subscriber().get_subscription(subscription=source.subscription)
    found.push_config.no_wrapper.write_metadata = True
    clients.subscriber().modify_push_config(subscription=found.name, push_config=found.push_config)
    call_command("feedsync_setup", "--check", stdout=StringIO())
    for page in encode_pages(changes()[2:3], incarnation="i"):
        cloud.publish(TOPIC, page.data, **page.attributes)
    cloud.drain(source.subscription, timeout_seconds=60)
    assert Tag.objects.get().label == "A"
