"""Random histories: writers, renames, deletions, crashes, overlapping relays; a replica that gets it in any order."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest

from feedsync import registry, snapshot
from feedsync.errors import TransientError
from feedsync.models import Lease, LedgerEntry
from feedsync.relay.batch import Step
from feedsync.wire.page import Change
from tests.db.relay.relaying import Crash, Relay, crash_at, once_at
from tests.library.models import Country, Language

pytestmark = pytest.mark.django_db(transaction=True)
CODES = ["A", "B", "C", "D"]
LABELS = ("library.country", "library.language")
STEPS = [Step.RESERVED, Step.READ, Step.ANNOUNCED, Step.PUBLISHED]
Content = dict[tuple[str, str], object]  # {(feed, key): fields}


class Replica:
    """What the protocol asks of a replica and no more: the newest version of each key, former keys buried below it."""

    def __init__(self) -> None:
        self.known: dict[tuple[str, str], tuple[int, object]] = {}

    def apply(self, change: Change) -> None:
        for former, (version, _) in change.departures.items():
            self._put((change.feed, former), version - 1, None)
        self._put((change.feed, change.key), change.version, change.fields)

    def _put(self, place: tuple[str, str], version: int, fields: object) -> None:
        if version >= self.known.get(place, (0, None))[0]:
            self.known[place] = (version, fields)

    def content(self) -> Content:
        return {place: fields for place, (_, fields) in self.known.items() if fields is not None}


def content() -> Content:
    return {
        (label, state.key): state.fields
        for label in LABELS
        for state in snapshot.read(registry.get(label), snapshot.rows(registry.get(label), "default"))
    }


class History:
    """One seed's sequence of events."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.relay = Relay()

    def write(self) -> None:
        self.random.choice([self.save, self.save, self.rename, self.swap, self.remove, self.speak])()

    def save(self) -> None:
        code, name = self.random.choice(CODES), self.random.choice("xyz")
        Country.objects.update_or_create(code=code, defaults={"name": name})

    def rename(self) -> None:
        old, new = self.random.sample(CODES, 2)
        if not Country.objects.filter(code=new).exists():
            Country.objects.filter(code=old).update(code=new)

    def swap(self) -> None:
        one, other = self.random.sample(CODES, 2)
        for old, new in ((one, "-"), (other, one), ("-", other)):
            Country.objects.filter(code=old).update(code=new)

    def remove(self) -> None:
        Country.objects.filter(code=self.random.choice(CODES)).delete()

    def speak(self) -> None:
        country = Country.objects.filter(code=self.random.choice(CODES)).first()
        if country:
            Language.objects.get_or_create(country=country, code=self.random.choice(["en", "fr"]))

    def relayed(self) -> None:
        """A batch, which may be overtaken by writers and by another relay, or die."""
        step = self.random.choice(STEPS)
        hook = self.random.choice([crash_at(step), once_at(step, self.write), once_at(step, self.overtake)])
        try:
            self.relay.batch(hook, marks_at_once=self.random.choice([1, 3, 1_000])).run()
        except (Crash, TransientError):
            Lease.objects.all().delete()

    def overtake(self) -> None:
        self.write()
        Lease.objects.all().delete()
        self.relay.batch(marks_at_once=self.random.choice([2, 1_000])).run()

    def run(self, events: int) -> list[Change]:
        for _ in range(events):
            event: Callable[[], None] = self.random.choice([self.write, self.write, self.relayed])
            event()
        Lease.objects.all().delete()
        return self.relay.drain()


@pytest.mark.parametrize("seed", range(40))
def test_whatever_happens_a_replica_ends_with_the_same_objects(seed: int) -> None:
    """Published changes, in any order, some of them twice, end in what the database has (invariants 1, 2, 3, 6)."""
    history = History(seed)
    changes = history.run(events=25)
    for order in range(3):
        shuffled = changes + changes[: len(changes) // 2]
        random.Random(order).shuffle(shuffled)
        replica = Replica()
        for change in shuffled:
            replica.apply(change)
        assert replica.content() == content()
    alive = LedgerEntry.objects.filter(deleted_at__isnull=True).values_list("feed", "key")
    assert set(alive) == set(content())
