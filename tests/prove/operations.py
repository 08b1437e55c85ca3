"""What is written in the histories: references, sets, renames, deletions of children; where both sides write, what
GUARANTEES.md doesn't except."""

from __future__ import annotations

import random

from tests.library.models import Category, Copy, Country, Language, Tag

SLUGS = 4


def _slug(dice: random.Random) -> str:
    return f"t{dice.randrange(SLUGS)}"


def tag(dice: random.Random) -> None:
    Tag.objects.update_or_create(slug=_slug(dice), defaults={"label": str(dice.randrange(9))})


def tags(dice: random.Random) -> None:
    Tag.objects.filter(slug__lt=_slug(dice)).update(label=str(dice.randrange(9)))


def untag(dice: random.Random) -> None:
    Tag.objects.filter(slug=_slug(dice)).delete()


def copy(dice: random.Random) -> None:
    country = Country.objects.order_by("pk").first() or Country.objects.create(code="GB")
    language, _ = Language.objects.get_or_create(country=country, code="x")
    made, _ = Copy.objects.update_or_create(
        language=language, key=str(dice.randrange(3)), defaults={"value": str(dice.randrange(9))}
    )
    made.tags.set(Tag.objects.order_by("slug")[: dice.randrange(3)])


def category(dice: random.Random) -> None:
    Category.objects.update_or_create(slug=_slug(dice), defaults={"parent": Category.objects.order_by("slug").first()})


def rename(dice: random.Random) -> None:
    """To a code that nobody had: GUARANTEES.md excepts one that is taken anew while a pull is under way."""
    Country.objects.update(code=f"{dice.randrange(10**6):06}")


def delete_copy(dice: random.Random) -> None:
    Copy.objects.filter(key=str(dice.randrange(3))).delete()


ONE_WAY = {tag: 3, tags: 1, untag: 1, copy: 4, category: 2, rename: 1, delete_copy: 1}
BOTH_WAYS = {tag: 3, tags: 1, copy: 4, delete_copy: 1}
