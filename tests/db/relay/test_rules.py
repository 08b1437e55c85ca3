"""The relay's rules, each with the history that breaks a design without it."""

from __future__ import annotations

import pytest
from django.utils import timezone

from feedsync import capture_disabled, outbox
from feedsync import ledger as ledger_rows
from feedsync.models import FeedState, Lease, LedgerEntry, Mark
from feedsync.relay.batch import Batch, Busy, Step
from feedsync.relay.worker import Worker
from feedsync.wire.page import Change
from tests.db.relay.relaying import Crash, Relay, crash_at, ledger, marks, once_at
from tests.library.models import Country, Hidden, Person

pytestmark = pytest.mark.django_db(transaction=True)
STEPS = [Step.RESERVED, Step.READ, Step.ANNOUNCED, Step.PUBLISHED]


def save(code: str, name: str) -> None:
    Country.objects.update_or_create(code=code, defaults={"name": name})


def expire_leases() -> None:
    Lease.objects.all().delete()


@pytest.mark.parametrize("step", [Step.READ, Step.PUBLISHED])
def test_r01_a_mark_written_meanwhile_survives(relay: Relay, step: Step) -> None:
    """A writer saves after the relay has read: its mark stays, and the new state is published."""
    save("GB", "one")
    changes = relay.drain(once_at(step, lambda: save("GB", "two")))
    assert [change.fields["name"] for change in changes if change.fields] == ["one", "two"]
    assert changes[0].version < changes[1].version


@pytest.mark.parametrize("step", STEPS)
def test_no_crash_loses_a_change(relay: Relay, step: Step) -> None:
    """The relay dies between any two steps: the next one publishes the change, with a newer version (invariant 1)."""
    save("GB", "one")
    relay.die(step)
    before = relay.news()
    [change] = relay.drain()
    assert change.fields == {"code": "GB", "name": "one"}
    assert all(earlier.version < change.version for earlier in before)
    assert marks() == 0


@pytest.mark.parametrize("step", STEPS)
def test_no_crash_loses_a_deletion(relay: Relay, step: Step) -> None:
    """The same for a deletion, whose row is gone."""
    save("GB", "one")
    relay.drain()
    Country.objects.get(code="GB").delete()
    relay.die(step)
    relay.news()
    [change] = relay.drain()
    assert (change.key, change.deleted) == ('["GB"]', True)


def test_r08_a_stalled_relay_publishes_an_old_state_with_an_old_version(relay: Relay) -> None:
    """R1 reads s1 and stalls past its lease; R2 publishes s2; R1 wakes: the higher version has the newer state."""
    save("GB", "s1")
    newer: list[Change] = []

    def overtake() -> None:
        expire_leases()
        save("GB", "s2")
        newer.extend(Relay().drain())

    late = relay.drain(once_at(Step.READ, overtake))
    assert [change.fields["name"] for change in late if change.fields] == ["s1"]
    assert [change.fields["name"] for change in newer if change.fields] == ["s2"]
    assert late[0].version < newer[0].version
    assert ledger("library.country", '["GB"]').version == newer[0].version


def test_r08_versions_are_above_what_the_ledger_knows(relay: Relay) -> None:
    """A version from a clock that is ahead of ours was applied here: our next change of the object is above it."""
    save("GB", "one")
    relay.drain()
    ahead = ledger("library.country", '["GB"]').version + 10**12
    LedgerEntry.objects.update(version=ahead, origin="elsewhere")
    save("GB", "two")
    [change] = relay.drain()
    assert change.version > ahead


def test_r08_also_where_the_ledger_row_is_found_by_the_key_of_a_new_row(relay: Relay) -> None:
    """The row is new, its key is not, and its tombstone is ahead of our clock."""
    save("GB", "one")
    Country.objects.get(code="GB").delete()
    relay.drain()
    ahead = ledger("library.country", '["GB"]').version + 10**12
    LedgerEntry.objects.update(version=ahead, origin="elsewhere")
    save("GB", "two")
    [change] = relay.drain()
    assert change.version > ahead
    assert ledger("library.country", '["GB"]').deleted_at is None


def test_r09_an_attempted_mark_is_never_skipped(relay: Relay) -> None:
    """s2 was published, then a crash before the ledger; saved back to s1, which the ledger has: s1 is published."""
    save("GB", "s1")
    relay.drain()
    save("GB", "s2")
    relay.die(Step.PUBLISHED)
    [lost] = relay.news()
    save("GB", "s1")
    [change] = relay.drain()
    assert change.fields == {"code": "GB", "name": "s1"}
    assert change.version > lost.version


def test_r09_attempts_stay_within_their_column(relay: Relay) -> None:
    """An outage of any length: attempts are counted up to what the column holds."""
    save("GB", "s1")
    Mark.objects.update(attempts=32_767)
    relay.die(Step.RESERVED)
    assert set(Mark.objects.values_list("attempts", flat=True)) == {32_767}


def test_r10_an_apply_in_between_is_not_overwritten(relay: Relay) -> None:
    """The ledger changed since it was read: it stays, so do the marks, and the object is relayed again."""
    save("GB", "one")
    relay.drain()
    save("GB", "two")
    seen: list[int] = []

    def apply() -> None:
        version = ledger("library.country", '["GB"]').version + 10**12
        LedgerEntry.objects.update(version=version, origin="elsewhere", content_hash="of something else")
        seen.append(version)

    changes = relay.drain(once_at(Step.PUBLISHED, apply))
    assert [counts.left for counts in relay.counts[-2:]] == [1, 0]
    assert changes[0].version < seen[0] < changes[1].version
    assert ledger("library.country", '["GB"]').version == changes[1].version


def test_r10_a_placeholder_of_an_apply_is_no_hindrance(relay: Relay) -> None:
    """Apply waits for an object that we are about to publish: its placeholder has version 0, as if it weren't there."""
    save("GB", "one")

    def await_it() -> None:
        ledger_rows.placeholders("default", [ledger_rows.Entry.of("library.country", '["GB"]')])

    [change] = relay.drain(once_at(Step.PUBLISHED, await_it))
    assert ledger("library.country", '["GB"]').version == change.version


def test_r11_a_key_that_moved_to_another_row_is_no_deletion(relay: Relay) -> None:
    """pk 1 with key A deleted, pk 2 created with key A: one state, no deletion."""
    save("GB", "one")
    relay.drain()
    Country.objects.get(code="GB").delete()
    save("GB", "two")
    [change] = relay.drain()
    assert change.fields == {"code": "GB", "name": "two"}
    assert ledger("library.country", '["GB"]').object_pk == str(Country.objects.get(code="GB").pk)


def test_r11_also_where_only_the_deletion_mark_is_read(relay: Relay) -> None:
    """The deletion's mark comes in a batch of its own: the row that carries the key now is published."""
    save("GB", "one")
    relay.drain()
    Country.objects.get(code="GB").delete()
    save("GB", "two")
    relay.batch(marks_at_once=1).run()
    [change] = relay.news()
    assert change.fields == {"code": "GB", "name": "two"}
    assert not any(later.deleted for later in relay.drain())


def test_r11_a_reused_primary_key_is_no_rename(relay: Relay) -> None:
    """pk 1 had key A, was deleted and made again with key B: A is deleted, B is new."""
    save("A", "one")
    relay.drain()
    country = Country.objects.get(code="A")
    pk = country.pk
    country.delete()
    Country.objects.create(pk=pk, code="B", name="two")
    kept, gone = relay.drain()
    assert (kept.key, kept.former, kept.deleted) == ('["B"]', (), False)
    assert (gone.key, gone.deleted) == ('["A"]', True)


def test_r11_a_deletion_whose_key_nobody_could_tell(relay: Relay) -> None:
    """A trigger whose parent row had gone: the ledger knows the keys, and a reused primary key is no rename."""
    save("A", "one")
    relay.drain()
    pk = Country.objects.get(code="A").pk
    with capture_disabled():
        Country.objects.all().delete()
        Country.objects.create(pk=pk, code="B", name="two")
    FeedState.objects.all().delete()
    outbox.mark("default", "library.country", [(str(pk), ""), (str(pk), None)])
    kept, gone = relay.drain()
    assert (kept.key, kept.former, kept.deleted) == ('["B"]', (), False)
    assert (gone.key, gone.deleted) == ('["A"]', True)


def test_r12_a_row_that_managers_hide_is_not_deleted(relay: Relay) -> None:
    """Its state is published: a manager is no filter of the feed."""
    thing = Hidden.objects.create(code="x")
    relay.drain()
    Hidden._base_manager.filter(pk=thing.pk).update(hidden=True)
    [change] = relay.drain()
    assert change.fields == {"code": "x", "hidden": True}


def test_r14_without_a_topic_marks_go_to_the_ledger(relay: Relay) -> None:
    """Nothing piles up, nothing is published, and versions are known."""
    save("GB", "one")
    Batch(Worker(using="default"), None).run()
    assert marks() == 0
    assert ledger("library.country", '["GB"]').version > 0
    assert relay.drain() == []


def test_r07_an_unchecked_feed_publishes_what_looks_unchanged(relay: Relay) -> None:
    """Writes went past the capture: the ledger's hash may be wrong, so it is not asked."""
    save("GB", "one")
    relay.drain()
    FeedState.objects.create(feed="library.country", unchecked_since=timezone.now())
    save("GB", "one")
    assert len(relay.drain()) == 1


def test_two_relays_share_the_lanes() -> None:
    """What one relay has leased the other leaves alone; when the lease lapses it takes over."""
    Person.objects.create(email="a@example.com")
    dying = Relay().batch(crash_at(Step.RESERVED))
    with pytest.raises(Crash):
        dying.run()
    second = Relay()
    assert second.batch().run() == Busy()
    later = Worker(using="default").now() + 11_000
    second.batch(now=lambda: later).run()
    assert len(second.news()) == 1
