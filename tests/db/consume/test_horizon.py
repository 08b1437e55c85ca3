"""The horizon of tombstones: what is older than the memory of deletions brings nothing back (P9)."""

from __future__ import annotations

import datetime as dt

import pytest
from django.conf import settings
from django.core import checks
from django.test import override_settings
from django.utils import timezone

from consumers import dead, parking
from consumers.apply import apply
from consumers.apply.outcome import Mode
from consumers.models import DataPull, DataSource, ParkedChange
from consumers.parking import Reason, Waiting
from consumers.pull import silence
from consumers.receiving import keeping
from consumers.receiving.delivery import Delivery, Source
from consumers.receiving.handling import Ack, handle
from consumers.receiving.judging import Hold, judge
from feedsync import clock, horizon
from feedsync.ledger import Entry, put
from feedsync.models import DeadChange, Lease, LedgerEntry
from feedsync.wire.page import Change, encode_pages
from tests.db.apply.building import country, deletion, language, tag
from tests.library.models import Tag

pytestmark = pytest.mark.django_db(databases=["default"])

DAY = dt.timedelta(days=1)
NOW = timezone.now()


def version(days: float) -> int:
    """Of so many days ago."""
    return clock.at(int((NOW - days * DAY).timestamp() * 1000))


def delivered(*changes: Change, days: float) -> Delivery:
    """A message of the studio that was published so many days ago."""
    [page] = encode_pages(changes, incarnation="i")
    at = (NOW - days * DAY).timestamp()
    return Delivery(source=Source(name="elsewhere", subscription="s"), ack_id="1", data=page.data, published_at=at)


def received(delivery: Delivery) -> Ack:
    [result] = handle([judge(delivery)])
    assert isinstance(result, Ack)
    return result


def prune() -> int:
    """As six hours after the last time."""
    Lease.objects.all().delete()
    return horizon.prune("default", lambda: int(NOW.timestamp() * 1000))


def test_p09_tombstones_outlive_what_can_be_late() -> None:
    """A deletion is remembered for TOMBSTONE_DAYS, by default longer than Pub/Sub keeps a message; then it goes."""
    for days in (32, 44, 46):
        gone = Entry.of("library.tag", f'["{days}"]', version=version(days), deleted_at=NOW - days * DAY)
        put("default", [gone, Entry.of("library.tag", f'["here {days}"]', version=version(days), object_pk=str(days))])
    assert prune() == 1
    left = LedgerEntry.objects.filter(deleted_at__isnull=False)
    assert set(left.values_list("key", flat=True)) == {'["32"]', '["44"]'}
    assert LedgerEntry.objects.filter(deleted_at=None).count() == 3


def test_p09_old_tombstones_are_looked_for_now_and_then() -> None:
    """Once in six hours, whichever processes ask."""
    times = [0, 1, 5 * 3600, 6 * 3600 + 1]
    asked = []
    for second in times:
        put("default", [Entry.of("library.tag", f'["{second}"]', version=1, deleted_at=NOW - 46 * DAY)])
        at = int(NOW.timestamp() * 1000) + second * 1000
        asked.append(horizon.prune("default", lambda at=at: at))  # type: ignore[misc]
    assert asked == [1, 0, 0, 3]


def test_p09_a_message_from_beyond_the_horizon_creates_nothing() -> None:
    """Made, deleted and forgotten here; then the creation comes once more, by a replay: it is dead, with the reason."""
    made = tag("a", version(50), origin="elsewhere")
    received(delivered(made, days=50))
    DeadChange.objects.all().delete()
    apply([made], using="default")
    apply([deletion("tag", ["a"], version(49))], using="default")
    LedgerEntry.objects.update(deleted_at=NOW - 49 * DAY)
    assert prune() == 1
    assert received(delivered(made, days=50)).outcome.dead == 1
    assert not Tag.objects.exists()
    assert "older than TOMBSTONE_DAYS" in DeadChange.objects.get().reason


def test_p09_what_is_known_is_judged_by_its_version() -> None:
    """However late the message is: the ledger has a version to compare with."""
    apply([tag("a", version(60))], using="default")
    assert received(delivered(tag("a", version(50)), days=50)).outcome.total == 1
    assert LedgerEntry.objects.get().version == version(50)
    assert not DeadChange.objects.exists()


def test_p09_an_old_version_that_was_published_lately_is_created() -> None:
    """A hub passes on what it pulled, which may be years old; a source's pull brings it, too."""
    assert received(delivered(tag("a", version(900)), days=1)).outcome.created == 1
    assert apply([tag("b", version(900))], using="default", mode=Mode.PULL).created == 1


def test_p09_a_page_that_was_held_too_long_creates_nothing() -> None:
    """It waited for an upgrade from before the horizon on."""
    delivery = delivered(tag("a", version(50)), days=50)
    keeping.hold(Hold(delivery=delivery, alias="default", reason="too new"))
    ParkedChange.objects.update(parked_at=NOW - 46 * DAY)
    assert keeping.apply_held("default").dead == 1
    assert not Tag.objects.exists()


def test_p09_a_deletion_takes_what_is_parked_and_dead_along() -> None:
    """They have no age limit, and outlive no tombstone: nothing older than a deletion is left to be tried again."""
    waits = language("GB", "en", version(50))
    assert apply([waits], using="default").parked == 1
    dead.bury("default", tag("a", version(50)), "a reason")
    apply([deletion("language", ["GB", "en"], version(49)), deletion("tag", ["a"], version(49))], using="default")
    assert not DeadChange.objects.exists()
    assert not ParkedChange.objects.exists()


def test_p09_what_is_parked_again_is_older_than_the_tombstone() -> None:
    """A change that was parked by another process after the deletion is superseded by what the ledger says."""
    apply([deletion("country", ["GB"], version(1))], using="default")
    late = country("GB", version(2))
    parking.park("default", [Waiting(change=late, reason=Reason.CONFLICT)])
    assert apply([late], using="default").superseded == 1


@pytest.mark.parametrize(
    ("days", "attempts", "refused"), [(31, 0, True), (32, 0, False), (62, 5, True), (63, 5, False)]
)
def test_p09_settings_that_forget_too_early_are_refused(days: int, attempts: int, refused: bool) -> None:
    """31 days at Pub/Sub, and once more in the subscription of dead letters."""
    options = {"TOMBSTONE_DAYS": days, "DEAD_LETTER_ATTEMPTS": attempts}
    with override_settings(FEEDSYNC={**settings.FEEDSYNC, **options}):
        found = [item for item in checks.run_checks() if item.id == "feedsync.E024"]
    assert bool(found) is refused
    if found:
        assert "for 31 days" in str(found[0].hint)


@pytest.mark.parametrize(
    ("received_days", "pulled_days", "due"), [(29, 90, False), (31, 90, True), (None, 31, True), (90, 2, False)]
)
def test_p09_a_long_silence_schedules_a_pull(received_days: int | None, pulled_days: int, due: bool) -> None:
    """Nothing came, neither a change nor a pull, for as long as Pub/Sub keeps messages: some may be gone. Once."""
    [source] = DataSource.objects.bulk_create([
        DataSource(
            env_name="studio", env_url="http://127.0.0.1:9", subscription="s",
            last_received_at=None if received_days is None else NOW - received_days * DAY,
        )
    ])  # fmt: skip
    done = DataPull.Status.DONE
    DataPull.objects.bulk_create(
        [DataPull(data_source=source, status=done, finished_at=NOW - pulled_days * DAY, progress={"only": []})]
    )
    assert silence.was_silent(source, NOW) is due
    DataPull.objects.bulk_create([DataPull(data_source=source, progress={"only": []})])
    assert not silence.was_silent(source, NOW)


def test_p09_a_source_that_was_never_pulled_is_not_silent() -> None:
    """Its first pull is on its way, or its subscription isn't."""
    [source] = DataSource.objects.bulk_create([DataSource(env_name="studio", env_url="http://127.0.0.1:9")])
    assert not silence.was_silent(source, NOW)
    assert silence.schedule(NOW) == []
