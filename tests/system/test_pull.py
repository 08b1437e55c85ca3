"""A full pull between two environments in two processes, over HTTP, while things break."""

from __future__ import annotations

import datetime as dt
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import connection
from django.utils import timezone
from pytest_django import Settings

from consumers.models import DataPull, DataSource
from consumers.pull.run import Tools, run
from consumers.pull.subscriptions import PubSubSubscriptions, full_name
from feedsync.models import Mark
from tests.library.models import Category, Copy, EveryField, Person
from tests.system.cloud import TOPIC, Cloud
from tests.system.processes import environment, start, until
from tests.system.studio import SHOP, Studio

pytestmark = pytest.mark.django_db(transaction=True)
COPIES = 3_000
MANY_COPIES = 20_000  # a pull that a signal finds at work, on a busy machine too


@pytest.fixture(autouse=True)
def _shop(settings: Settings) -> None:
    settings.FEEDSYNC = SHOP


@pytest.fixture
def studio(tmp_path: Path) -> Iterator[Studio]:
    with Studio(tmp_path, copies=COPIES) as running:
        yield running


def source_at(url: str) -> DataSource:
    """Added without a signal, so that nothing is pulled yet."""
    return DataSource.objects.bulk_create([DataSource(env_name="studio", env_url=url)])[0]


def waiting(source: DataSource) -> DataPull:
    return DataPull.objects.bulk_create([DataPull(data_source=source)])[0]


def test_pull_brings_everything_and_makes_no_echo(studio: Studio) -> None:
    """All kinds of fields and relations arrive; no mark is made; a second pull writes nothing."""
    DataSource.objects.create(env_name="studio", env_url=studio.url)
    pull = DataPull.objects.get()
    assert (pull.status, pull.progress["parked"], pull.progress["dead"]) == ("done", 0, 0), pull.message
    assert Copy.objects.count() == COPIES
    assert Copy.objects.exclude(tags=None).count() == COPIES / 10
    assert Category.objects.get(slug="child").parent == Category.objects.get(slug="parent")
    assert [friend.email for friend in Person.objects.get(email="a@example.org").friends.all()] == ["b@example.org"]
    everything = EveryField.objects.get()
    assert (bytes(everything.binary or b""), everything.json) == (b"\0\xff", {"a": [1, 2.5, None]})
    assert not Mark.objects.exists()
    again = DataPull.objects.create(data_source=pull.data_source)
    again.refresh_from_db()
    assert (again.progress["created"], again.progress["updated"]) == (0, 0)
    assert again.progress["unchanged"] == pull.progress["created"]
    assert not Mark.objects.exists()


def test_killed_pull_goes_on_where_it_stopped(studio: Studio, cloud: Cloud) -> None:
    """The process dies in the middle; the next one resumes at the cursor and ends with everything."""
    source_at(studio.url)
    variables = environment(cloud, **SHOP)
    process = start(["-m", "django", "feedsync_pull", "studio"], variables)
    until(lambda: bool(DataPull.objects.filter(progress__cursor__gt="").exists()))
    process.send_signal(signal.SIGKILL)
    process.communicate()
    died = DataPull.objects.get()
    assert died.status == DataPull.Status.RUNNING
    DataPull.objects.update(heartbeat_at=timezone.now() - dt.timedelta(minutes=1))
    process = start(["-m", "django", "feedsync_pull", "studio"], variables)
    said, _ = process.communicate(timeout=60)
    assert process.returncode == 0, said
    assert "is done" in said
    assert DataPull.objects.count() == 1
    assert Copy.objects.count() == COPIES


def test_source_that_dies_and_comes_back(studio: Studio) -> None:
    """The stream is cut in the middle, the source is away for a while: the pull waits, and goes on at its cursor."""
    pull = waiting(source_at(studio.url))
    studio.kill()
    studio.start(dies_at=3)
    pauses: list[float] = []

    def sleep(seconds: float) -> None:
        pauses.append(seconds)
        studio.kill()
        studio.start()

    assert run(pull.pk, tools=Tools(sleep=sleep)) == DataPull.Status.DONE
    assert pauses == [2.0]
    assert Copy.objects.count() == COPIES
    assert Copy.objects.exclude(tags=None).count() == COPIES / 10


@pytest.mark.not_at_googles_emulator
def test_r27_subscription_is_made_at_pubsub(
    tmp_path: Path, cloud: Cloud, monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> None:
    """The pull makes it, its name is kept, and asking again changes nothing."""
    for name, value in cloud.environment.items():
        monkeypatch.setenv(name, value)
    with Studio(tmp_path, copies=1, topic=TOPIC) as studio:
        source = source_at(studio.url)
        assert run(waiting(source).pk) == DataPull.Status.DONE
        source.refresh_from_db()
        assert source.subscription == full_name("studio", TOPIC)
        assert run(waiting(source).pk) == DataPull.Status.DONE
    assert PubSubSubscriptions().ensure("studio", TOPIC).name == source.subscription


def test_r27_missing_topic_is_a_sentence(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    """What Pub/Sub refuses makes the source a snapshot, with the reason."""
    for name, value in cloud.environment.items():
        monkeypatch.setenv(name, value)
    ensured = PubSubSubscriptions().ensure("studio", "projects/test/topics/nothing")
    assert ensured.name == ""
    assert "does not exist yet" in ensured.problem


def test_ctrl_c_leaves_a_pull_that_can_be_resumed(tmp_path: Path, cloud: Cloud) -> None:
    """The command ends with an error status, and the pull is cancelled with its cursor."""
    with Studio(tmp_path, copies=MANY_COPIES) as studio:
        source_at(studio.url)
        process = start(["-m", "django", "feedsync_pull", "studio"], environment(cloud, **SHOP))
        until(lambda: bool(DataPull.objects.filter(progress__cursor__gt="").exists()))
        process.send_signal(signal.SIGINT)
        said, _ = process.communicate(timeout=60)
    pull = DataPull.objects.get()
    if pull.status == DataPull.Status.DONE:
        pytest.fail("the pull was faster than the signal: give the studio more copies")
    assert (pull.status, process.returncode) == (DataPull.Status.CANCELLED, 1), said
    assert pull.progress["cursor"]
    connection.close()
