"""R13: what can't be published becomes a dead change, and the rest goes on."""

from __future__ import annotations

from typing import Any

import pytest

from feedsync.models import DeadChange
from tests.db.relay.relaying import Relay, marks
from tests.library.models import Copy, Country, Language, Person, Tag

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def unreadable(monkeypatch: pytest.MonkeyPatch) -> None:
    """Persons called "poison" raise when they are read, as a field of the user's may."""

    def read(value: Any, expression: object, connection: object) -> Any:
        if value == "poison":
            raise RuntimeError("no such person")
        return value

    monkeypatch.setattr(Person._meta.get_field("name"), "from_db_value", read, raising=False)


def test_r13_a_row_that_cannot_be_read_is_alone_in_it(relay: Relay, unreadable: None) -> None:
    """One of a hundred raises: ninety-nine are published, one is dead."""
    names = ["poison" if number == 37 else "fine" for number in range(100)]
    Person.objects.bulk_create(Person(email=f"{n:02}@example.com", name=name) for n, name in enumerate(names))
    assert len(relay.drain()) == 99
    dead = DeadChange.objects.get()
    assert (dead.side, dead.feed, dead.origin) == (DeadChange.Side.SOURCE, "library.person", "studio")
    assert "no such person" in dead.reason
    assert marks() == 0


def test_r13_once_it_can_be_read_it_is_published_and_no_longer_dead(relay: Relay, unreadable: None) -> None:
    """The next change of the object tries again."""
    Person.objects.create(email="a@example.com", name="poison")
    assert relay.drain() == []
    Person.objects.filter(email="a@example.com").update(name="cured")
    assert len(relay.drain()) == 1
    assert not DeadChange.objects.exists()


def test_r13_a_row_that_cannot_be_read_is_not_deleted(relay: Relay, unreadable: None) -> None:
    """It had a version: poison is no reason to bury it."""
    Person.objects.create(email="a@example.com", name="fine")
    relay.drain()
    Person.objects.filter(email="a@example.com").update(name="poison")
    assert relay.drain() == []
    assert DeadChange.objects.get().key == '["a@example.com"]'


def test_r13_a_change_above_ten_megabytes_is_dead(relay: Relay) -> None:
    """Pub/Sub doesn't take it; what comes with it is published."""
    language = Language.objects.create(country=Country.objects.create(code="GB"), code="en")
    Copy.objects.create(language=language, key="large", value="x" * 10_000_001)
    Copy.objects.create(language=language, key="small", value="x")
    assert '["GB","en","small"]' in [change.key for change in relay.drain()]
    dead = DeadChange.objects.get()
    assert dead.key == '["GB","en","large"]'
    assert "bytes" in dead.reason
    assert marks() == 0


def test_r13_a_change_above_the_page_size_travels_alone(relay: Relay) -> None:
    """A megabyte of text is one page, its neighbours are others."""
    language = Language.objects.create(country=Country.objects.create(code="GB"), code="en")
    relay.drain()
    for key, size in (("a", 1), ("b", 1_000_000), ("c", 1)):
        Copy.objects.create(language=language, key=key, value="x" * size)
    relay.transport.published.clear()
    relay.seen = 0
    relay.drain()
    assert [page.count for page in relay.transport.published] == [1, 1, 1]


def test_r13_the_same_poison_again_is_one_dead_change(relay: Relay) -> None:
    """An object is dead once, whatever its number of attempts."""
    language = Language.objects.create(country=Country.objects.create(code="GB"), code="en")
    copy = Copy.objects.create(language=language, key="large", value="x" * 10_000_001)
    relay.drain()
    copy.save()
    relay.drain()
    assert DeadChange.objects.count() == 1


def test_r13_a_value_that_is_no_json_is_dead(relay: Relay, monkeypatch: pytest.MonkeyPatch) -> None:
    """A field whose database value no codec expects."""
    monkeypatch.setattr(Tag._meta.get_field("label"), "from_db_value", lambda *_: object(), raising=False)
    Tag.objects.create(slug="x")
    Country.objects.create(code="GB")
    assert [change.feed for change in relay.drain()] == ["library.country"]
    assert "JSON" in DeadChange.objects.get().reason
