"""A pull on its way: cursor and chunk, cuts, kills, take-overs, cancelling, rehearsals."""

from __future__ import annotations

import datetime as dt
import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from consumers.models import DataPull, DataSource
from consumers.pull.subscriptions import Ensured, MemorySubscriptions
from consumers.tasks import start
from consumers.tasks.orphans import resume_orphans
from feedsync import capture_disabled
from feedsync.models import DeadChange, LedgerEntry
from tests.db.pull.pulling import World, again, pulled, resumed, waiting
from tests.db.pull.source import NOW, Source, country, tag
from tests.library.models import Country, Tag
from tests.unit.http.server import Server

pytestmark = pytest.mark.django_db(transaction=True)
TOPIC = "projects/test/topics/feedsync"


@pytest.fixture(autouse=True)
def _rows(source: Source) -> None:
    source.rows = {"library.tag": [tag(f"t{number}") for number in range(6)]}


def slugs() -> set[str]:
    return set(Tag.objects.values_list("slug", flat=True))


def test_pull_makes_the_objects_the_same(server: Server, source: Source) -> None:
    """Missing ones are created, others updated, equal ones left alone, ours kept; the counts say so."""
    with capture_disabled():
        Tag.objects.create(slug="t0", label="old")
        Tag.objects.create(slug="t1")
        Tag.objects.create(slug="mine")
    pull = pulled(server.url)
    assert slugs() == {"mine", *(f"t{number}" for number in range(6))}
    counts = {name: pull.progress[name] for name in ("created", "updated", "unchanged", "parked", "dead")}
    assert counts == {"created": 4, "updated": 1, "unchanged": 1, "parked": 0, "dead": 0}
    assert pull.progress["feeds"] == {"library.tag": {"total": 6, "seen": 6}}
    assert pull.finished_at is not None


def test_r27_subscription_comes_before_the_first_export_request(server: Server, source: Source) -> None:
    """What changes during the pull must be collected already."""
    order = []

    class Noting(MemorySubscriptions):
        def ensure(self, source: str, topic: str, *, push: bool = False) -> Ensured:
            order.append([path.partition("?")[0] for path in server.paths])
            return super().ensure(source, topic, push=push)

    source.topic = TOPIC
    pulled(server.url, World(subscriptions=Noting()))
    assert order == [["/feedsync/contract/"]]
    assert DataSource.objects.get().subscription == "projects/test/subscriptions/feedsync-shop-from-studio"


@pytest.mark.parametrize("topic", [None, TOPIC])
def test_r27_without_subscription_it_is_a_snapshot_and_says_so(server: Server, source: Source, topic: str) -> None:
    """The pull goes on; message and data source tell that nothing will follow."""
    source.topic = topic
    pull = pulled(server.url, World(subscriptions=MemorySubscriptions("We may not subscribe.")))
    assert pull.status == DataPull.Status.DONE
    assert pull.message.startswith("Snapshot only: ")
    assert DataSource.objects.get().subscription == ""
    assert len(slugs()) == 6


def test_r27_cursor_and_chunk_commit_together(server: Server) -> None:
    """The cursor is saved in the transaction that wrote the chunk's rows."""
    with CaptureQueriesContext(
        connection,
    ) as queries:
        pulled(server.url)
    statements = [query["sql"] for query in queries]
    inside, depth = [], 0
    for sql in statements:
        depth += sql.startswith("BEGIN") - sql.startswith(("COMMIT", "ROLLBACK"))
        if depth and sql.startswith("UPDATE") and re.search(r"\W+progress\W+=", sql):
            inside.append(sql)
    assert len(inside) == 3


def test_cut_stream_is_resumed_at_the_cursor(server: Server, source: Source) -> None:
    """Only what is missing is asked for again, after a pause; the counts are right."""
    source.cut_after = 2
    world = World()
    pull = pulled(server.url, world)
    assert pull.status == DataPull.Status.DONE
    assert source.cursors == ["0", "4"]
    assert world.slept == [2.0]
    assert pull.progress["created"] == 6
    assert pull.progress["feeds"]["library.tag"]["seen"] == 6


def test_failed_pull_is_resumed_by_a_person(server: Server, source: Source) -> None:
    """The cursor outlives the failure."""
    source.cut_after, source.cut_forever = 1, True
    pull = pulled(server.url)
    source.cut_after, source.cut_forever = None, False
    source.cursors.clear()
    assert resumed(pull).status == DataPull.Status.DONE
    assert source.cursors == ["2"]
    assert len(slugs()) == 6


def test_stale_cursor_starts_again(server: Server, source: Source) -> None:
    """A source that takes the cursor no more, upgraded perhaps, is read from its first row."""
    source.cut_after, source.cut_forever = 1, True
    pull = pulled(server.url)
    source.cut_after, source.cut_forever, source.stale = None, False, [pull.progress["cursor"]]
    source.cursors.clear()
    assert resumed(pull).status == DataPull.Status.DONE
    assert source.cursors == [*source.stale, "0"]


def test_killed_pull_is_taken_over_after_its_silence(server: Server, source: Source) -> None:
    """A worker that died leaves RUNNING behind: nobody has it for 30 seconds, then anybody may."""
    pull = waiting(server.url)
    beat = dt.datetime.now(tz=dt.UTC)
    DataPull.objects.update(status=DataPull.Status.RUNNING, worker="dead", heartbeat_at=beat)
    assert again(pull, World(now=lambda: beat + dt.timedelta(seconds=29))).status == DataPull.Status.RUNNING
    assert again(pull, World(now=lambda: beat + dt.timedelta(seconds=31))).status == DataPull.Status.DONE


def test_silent_worker_that_wakes_has_no_effect(server: Server, source: Source) -> None:
    """It learns in the transaction of its chunk that another has the pull: the chunk is taken back, and not dead."""
    pull = waiting(server.url)
    source.before_chunk = lambda number: _take_over(pull.pk) if number == 2 else None
    again(pull)
    pull.refresh_from_db()
    assert (pull.status, pull.worker) == (DataPull.Status.RUNNING, "another")
    position = int(pull.progress["cursor"] or 0)
    assert position < 6
    assert slugs() == {f"t{number}" for number in range(position)}
    assert not DeadChange.objects.exists()


def _take_over(pull_id: int) -> None:
    DataPull.objects.filter(pk=pull_id).update(worker="another")
    connection.close()


def test_orphans_are_found_and_finished(server: Server, source: Source) -> None:
    """What died, and what was never started; not what is just about to start."""
    pull, young = waiting(server.url), waiting(server.url)
    long_ago = dt.datetime.now(tz=dt.UTC) - dt.timedelta(minutes=5)
    DataPull.objects.filter(pk=pull.pk).update(status=DataPull.Status.RUNNING, worker="dead", heartbeat_at=long_ago)
    assert resume_orphans() == [pull.pk]
    pull.refresh_from_db()
    young.refresh_from_db()
    assert (pull.status, young.status) == (DataPull.Status.DONE, DataPull.Status.WAITING)


def test_cancel_stops_after_the_chunk(server: Server, source: Source) -> None:
    """What was applied stays, the cursor too, and it can be resumed."""
    pull = waiting(server.url)
    source.before_chunk = lambda number: _cancel(pull.pk) if number == 2 else None
    assert again(pull).status == DataPull.Status.CANCELLED
    assert len(slugs()) < 6
    source.before_chunk = lambda number: None
    assert start.resume(pull.pk)
    assert len(slugs()) == 6


def _cancel(pull_id: int) -> None:
    start.cancel(pull_id)
    connection.close()


def test_rehearsal_writes_nothing_and_counts(server: Server, source: Source) -> None:
    """Neither rows nor ledger nor subscription."""
    source.topic = TOPIC
    world = World()
    pull = pulled(server.url, world, mode=DataPull.Mode.DRY_RUN)
    assert (pull.progress["created"], slugs(), world.subscriptions.made) == (6, set(), [])
    assert not LedgerEntry.objects.exists()
    assert "rehearsal" in pull.message


def test_new_incarnation_is_read_from_the_first_row(server: Server, source: Source) -> None:
    """A restored database has another history: the old cursor means nothing there."""
    source.cut_after, source.cut_forever = 1, True
    pull = pulled(server.url)
    source.cut_after, source.cut_forever, source.incarnation = None, False, "second"
    source.cursors.clear()
    assert resumed(pull).status == DataPull.Status.DONE
    assert source.cursors == ["0"]
    assert DataSource.objects.get().incarnation == "second"


def test_r29_changed_registration_resets_the_cursor(server: Server, source: Source) -> None:
    """Rows that were read before the change lack what it brought."""
    source.cut_after, source.cut_forever = 1, True
    pull = pulled(server.url)
    source.cut_after, source.cut_forever = None, False
    source.contract = {"library.tag": {"fingerprint": "another"}}
    source.cursors.clear()
    resumed(pull)
    assert source.cursors == ["0"]


def test_r28_tombstones_are_applied(server: Server, source: Source) -> None:
    """Deletions at the end of the stream delete, in every feed, when they are newer."""
    with capture_disabled():
        Tag.objects.create(slug="gone")
        Country.objects.create(code="XX")
    source.rows["library.country"] = [country("GB")]
    source.tombstones = [
        ("library.tag", {"k": ["gone"], "v": NOW + 5, "d": True}),
        ("library.country", {"k": ["XX"], "v": NOW + 5, "d": True}),
    ]
    pull = pulled(server.url)
    assert not Tag.objects.filter(slug="gone").exists()
    assert list(Country.objects.values_list("code", flat=True)) == ["GB"]
    assert pull.progress["deleted"] == 2
