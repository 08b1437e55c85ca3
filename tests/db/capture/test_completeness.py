"""Whatever a program does through the ORM is marked: found by comparing the tables before and after."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.db.models import F, Model, Value
from django.db.models.functions import Concat
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from feedsync import registry, snapshot
from tests.db.capture.marks import take
from tests.library.models import Category, Copy, Country, Language, NullableKey, Person, Profile, Stamp, Tag

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("capture")]

FEEDS: tuple[type[Any], ...] = (Category, Copy, Country, Language, NullableKey, Person, Profile, Stamp, Tag)
Place = tuple[str, str]  # (model, primary key)
World = dict[Place, tuple[str, Any]]  # {place: (natural key, values of its columns and members of its sets)}
Step = Callable[[int, int], object]


def _world() -> World:
    found: World = {}
    for model in FEEDS:
        feed = registry.feed_of(model)
        assert feed
        keys = {state.pk: state.key for state in snapshot.read(feed, snapshot.rows(feed, "default"))}
        sets = {field.name: _members(field) for field in model._meta.many_to_many}
        for row in model._base_manager.values():
            pk = row[feed.model._meta.pk.attname]
            members = {name: {member for owner, member in pairs if owner == pk} for name, pairs in sets.items()}
            found[feed.label.removeprefix("library."), str(pk)] = (keys[pk], row | members)
    return found


def _members(field: Any) -> list[tuple[Any, Any]]:
    columns = f"{field.m2m_field_name()}_id", f"{field.m2m_reverse_field_name()}_id"
    return list(field.remote_field.through._base_manager.values_list(*columns))


def _build() -> None:
    countries = Country.objects.bulk_create([Country(code=f"c{number}") for number in range(3)])
    languages = Language.objects.bulk_create([Language(country=item, code="en") for item in countries])
    tags = Tag.objects.bulk_create([Tag(slug=f"t{number}") for number in range(3)])
    for number in range(4):
        copy = Copy.objects.create(language=languages[number % 3], key=f"k{number}")
        copy.tags.set(tags[: number % 3])
        Stamp.objects.create(country=countries[number % 2], number=number)
        NullableKey.objects.create(country=countries[number % 3], code=f"n{number}")
    people = Person.objects.bulk_create([Person(email=f"p{number}@example.org") for number in range(3)])
    people[0].friends.set(people[1:])
    Profile.objects.create(person=people[0])
    root = Category.objects.create(slug="root")
    Category.objects.create(slug="leaf", parent=root)


def _nth(model: type[Model], number: int) -> Any:
    rows = list(model._base_manager.order_by("pk"))
    return rows[number % len(rows)] if rows else model()


def _delete(item: Any) -> None:
    if item.pk:
        item.delete()


def _friend(one: int, two: int) -> None:
    first, second = _nth(Person, one), _nth(Person, two)
    if first.pk and second.pk:
        first.friends.remove(second) if second in first.friends.all() else first.friends.add(second)


def _tag(copy: int, count: int) -> None:
    owner = _nth(Copy, copy)
    if owner.pk:
        owner.tags.set(Tag.objects.order_by("-pk")[: count % 4])


def _untag(tag: int, _: int) -> None:
    target = _nth(Tag, tag)
    if target.pk:
        target.copies.clear()


STEPS: tuple[Step, ...] = (
    lambda model, row: _delete(_nth(FEEDS[model % len(FEEDS)], row)),
    lambda model, row: (
        FEEDS[model % len(FEEDS)]._base_manager.filter(pk=_nth(FEEDS[model % len(FEEDS)], row).pk).delete()
    ),
    lambda number, _: Country.objects.filter(code__gte=f"c{number % 3}", stamp=None).update(
        code=Concat(F("code"), Value("x"))
    ),
    lambda number, row: Copy.objects.filter(language__country__code=f"c{number % 3}").update(value=str(row)),
    lambda number, row: Country.objects.update_or_create(code=f"c{number}", defaults={"name": str(row)}),
    lambda number, row: Tag.objects.bulk_create([Tag(slug=f"t{number}"), Tag(slug=f"t{row}x")], ignore_conflicts=True),
    lambda number, row: Category.objects.filter(slug="leaf").update(parent=None),
    lambda number, row: Stamp.objects.filter(pk=_nth(Stamp, row).pk).update(id=F("id") + 1000 + number),
    lambda number, row: Person.objects.filter(friends__email=f"p{number % 3}@example.org").update(name=str(row)),
    _friend,
    _tag,
    _untag,
)
PROGRAMS = st.lists(st.tuples(st.sampled_from(STEPS), st.integers(0, 9), st.integers(0, 9)), min_size=1, max_size=5)


def _unmarked(before: World, after: World, marks: set[tuple[str, str, str | None]]) -> set[Place]:
    """Objects whose rows differ and that have no mark, and those that went without a mark of their key."""
    named = {(model, pk) for model, pk, _ in marks}
    changed = {place for place in after if before.get(place, ("", None))[1] != after[place][1]}
    gone = {place for place in before if place not in after and (*place, before[place][0]) not in marks}
    return (changed - named) | gone


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(program=PROGRAMS)
def test_r05_nothing_changes_unmarked(program: list[tuple[Step, int, int]]) -> None:
    """Any mix of saves, bulk writes, sets, moves and cascades leaves a mark for every object that differs."""
    with transaction.atomic():
        _build()
        take()
        for step, one, two in program:
            before = _world()
            # Some steps break a constraint: then nothing happened, and nothing may be marked.
            with suppress(IntegrityError), transaction.atomic():
                step(one, two)
            assert not _unmarked(before, _world(), set(take()))
        transaction.set_rollback(True)
