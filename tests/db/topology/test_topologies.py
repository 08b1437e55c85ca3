"""Mesh, ring and star: what is written anywhere arrives everywhere, once (P7)."""

from __future__ import annotations

import pytest

from feedsync.models import LedgerEntry
from feedsync.testing import World
from tests.db.topology.shapes import SHAPES, names, world
from tests.library.models import Country, Language, Tag

pytestmark = pytest.mark.django_db(transaction=True, databases="__all__")
everywhere = pytest.mark.parametrize(("shape", "number"), [(shape, n) for shape in sorted(SHAPES) for n in (3, 4)])


def ranks(there: World, name: str) -> set[tuple[str, int, str]]:
    rows = LedgerEntry.objects.using(there.alias(name)).exclude(version=0)
    return set(rows.values_list("key", "version", "origin"))


@everywhere
def test_p07_what_each_writes_arrives_at_all(shape: str, number: int, databases: None) -> None:
    """Creation, change, rename and deletion, by each environment; all ledgers show the same versions and origins."""
    there = world(shape, number)
    for name in there.names:
        with there.on(name):
            country = Country.objects.create(code=name, name="")
            Language.objects.create(country=country, code="x")
            Tag.objects.create(slug=f"gone-{name}")
        there.settle()
    for name in there.names:
        with there.on(name):
            Country.objects.filter(code=name).update(code=f"{name}2")
            Tag.objects.get(slug=f"gone-{name}").delete()
    there.settle()
    there.assert_converged()
    assert len({frozenset(ranks(there, name)) for name in there.names}) == 1
    assert {origin for *_, origin in ranks(there, "a")} == set(names(number))
