"""Which constraints guard a natural key."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.db.models import Q, UniqueConstraint
from django.db.models.functions import Lower

from feedsync.checks.uniqueness import identifies
from tests.library.models import Book, Copy, Language, Membership, NullableKey, Profile, UuidThing
from tests.unit.registering import Registering


@pytest.mark.parametrize(
    ("model", "paths"),
    [
        (UuidThing, ["id"]),
        (UuidThing, ["pk"]),
        (Book, ["code"]),
        (Language, ["country.code", "code"]),
        (Language, ["country", "code"]),
        (Copy, ["language.country.code", "language.code", "key"]),
        (Copy, ["language.country.code", "language.code", "key", "value"]),
        (Membership, ["person.email", "club.name"]),
        (Profile, ["person.email"]),
        (ContentType, ["app_label", "model"]),
    ],
)
def test_guarded(model: type[models.Model], paths: list[str]) -> None:
    """Unique columns, one-to-one fields and constraints guard a key, through relations and with parts to spare."""
    assert identifies(model, paths)


@pytest.mark.parametrize(
    ("model", "paths"),
    [
        (Copy, ["language.code", "key"]),
        (Copy, ["language.country.code", "key"]),
        (Language, ["code"]),
        (NullableKey, ["country.code", "code"]),
        (Profile, ["biography"]),
    ],
)
def test_not_guarded(model: type[models.Model], paths: list[str]) -> None:
    """Half of a constraint, or half of what identifies a relation's target, guards nothing."""
    assert not identifies(model, paths)


def model_with(*constraints: UniqueConstraint, **fields: Any) -> type[models.Model]:
    meta = type("Meta", (), {"app_label": "library", "constraints": list(constraints)})
    code = models.CharField(max_length=9, **fields)
    return type(
        "Word", (models.Model,), {"__module__": __name__, "Meta": meta, "code": code, "area": models.TextField()}
    )


def test_null_repeats_in_a_unique_column(register: Registering) -> None:
    """A nullable column is guarded only where its constraint says that NULLs don't repeat (R22)."""
    assert not identifies(model_with(unique=True, null=True), ["code"])


def test_nulls_that_do_not_repeat(register: Registering) -> None:
    """nulls_distinct=False guards a nullable column."""
    constraint = UniqueConstraint(fields=["code", "area"], name="one", nulls_distinct=False)

    assert identifies(model_with(constraint, null=True), ["code", "area"])


def test_second_constraint_for_null(register: Registering) -> None:
    """So does a second constraint over the other columns, on the condition that the column is NULL."""
    pair = UniqueConstraint(fields=["code", "area"], name="one")
    rest = UniqueConstraint(fields=["area"], name="two", condition=Q(code__isnull=True))

    assert identifies(model_with(pair, rest, null=True), ["code", "area"])


def test_condition_guards_a_part_of_the_rows_only(register: Registering) -> None:
    """A constraint with a condition guards no key."""
    constraint = UniqueConstraint(fields=["code"], name="one", condition=Q(area="here"))

    assert not identifies(model_with(constraint), ["code"])


def test_constraint_over_an_expression(register: Registering) -> None:
    """What is unique in lower case is unique."""
    assert identifies(model_with(UniqueConstraint(Lower("code"), "area", name="one")), ["area", "code"])


def test_registered_key_of_the_target_settles_a_relation(register: Registering) -> None:
    """Once registered, a target is identified by its natural key, whatever guards it there."""

    class Owner(models.Model):
        name = models.TextField()

        class Meta:
            app_label = "library"

    class Word(models.Model):
        owner = models.OneToOneField(Owner, models.CASCADE)

        class Meta:
            app_label = "library"

    assert not identifies(Word, ["owner.name"])
    register(Owner, "name")
    assert identifies(Word, ["owner.name"])
