"""A model that was renamed goes on being known by its former name: nothing else has to change anywhere."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

import feedsync
from consumers.apply import apply
from feedsync import ledger, natural_keys, registry
from feedsync.errors import ConfigurationError
from feedsync.models import LedgerEntry, Mark
from feedsync.wire.page import Change
from tests.db.relay.relaying import Relay
from tests.library.models import Publication, Tag

pytestmark = pytest.mark.django_db(transaction=True)
FORMER = "library.magazine"


@pytest.fixture(autouse=True)
def _renamed() -> Iterator[None]:
    """Publications were called magazines when they were registered first."""
    feedsync.register_model(natural_key=["code"], known_as=FORMER)(Publication)
    yield
    registry.unregister(Publication)


def change(code: str, version: int, *, former: tuple[str, ...] = ()) -> Change:
    names = {field.name for field in Publication._meta.concrete_fields if not field.primary_key}
    fields = {"code": code} | dict.fromkeys(names - {"code"}, "x")
    return Change(
        feed=FORMER, key=natural_keys.text([code]), version=version, origin="studio", fields=fields, former=former
    )


def test_it_is_published_under_its_former_name() -> None:
    """Whoever still has the old model understands it; marks and ledger go on as they were."""
    made = Publication.objects.create(code="a")
    assert set(Mark.objects.values_list("feed", flat=True)) == {FORMER}
    [published] = Relay().drain()
    assert published.feed == FORMER
    assert LedgerEntry.objects.get(feed=FORMER).object_pk == str(made.pk)
    Publication.objects.update(code="b")
    [renamed] = Relay().drain()
    assert renamed.former == ('["a"]',)
    made.delete()
    [gone] = Relay().drain()
    assert gone.deleted


def test_what_comes_under_its_former_name_is_applied() -> None:
    """From an environment that has not been deployed yet, also to rows that came before the rename."""
    apply([change("a", 5)], using="default")
    row = Publication.objects.get()
    apply([change("b", 6, former=('["a"]',))], using="default")
    assert (Publication.objects.get().pk, Publication.objects.get().code) == (row.pk, "b")
    assert ledger.read("default", FORMER, [natural_keys.digest('["b"]')])
    assert registry.label_of(Publication) == FORMER
    assert registry.label_of(Tag) == "library.tag"


@pytest.mark.parametrize("name", ["magazine", "library.", "a.b.c"])
def test_a_name_that_is_none(name: str) -> None:
    """It has the form of a model's."""
    with pytest.raises(ConfigurationError, match="known_as"):
        feedsync.register_model(natural_key=["code"], known_as=name)


def test_a_name_is_given_once() -> None:
    """Two feeds of one name could not be told apart."""
    registry.unregister(Publication)
    with pytest.raises(ConfigurationError, match="twice"):
        feedsync.register_model(natural_key=["code"], known_as="library.tag")(Publication)
    feedsync.register_model(natural_key=["code"], known_as=FORMER)(Publication)
