"""Writes to the library, by model: whatever Django's ORM offers to change a row."""

from __future__ import annotations

from django.db import transaction
from django.db.models import F, Value
from django.db.models.functions import Concat

from feedsync.upserts import unique_fields
from tests.db.convergence.editing import Editor, Refused, edit
from tests.library.models import (
    Category,
    Copy,
    Country,
    Language,
    NullableKey,
    Stamp,
    Tag,
)


@edit("copies")
def country_created(user: Editor) -> str:
    country = user.create(Country, code=user.code(), name=user.word())
    return f"Country {country.code} created, pk {country.pk}"


@edit("copies")
def country_saved(user: Editor) -> str:
    country = user.pick(Country)
    country.name = user.word()
    country.save(update_fields=["name"])
    return f"Country {country.code} saved: name {country.name}"


@edit("copies")
def country_renamed(user: Editor) -> str:
    """Its stamps refer to the code itself."""
    country, code = user.pick(Country), user.code()
    with transaction.atomic(using=user.alias):
        stamps = list(user.rows(Stamp).filter(country_id=country.code).values_list("pk", flat=True))
        was, country.code = country.code, code
        country.save()
        user.rows(Stamp).filter(pk__in=stamps).update(country_id=code)
    return f"Country {was} renamed {code}"


@edit("copies")
def country_deleted(user: Editor) -> str:
    country = user.pick(Country)
    user.delete(country)
    return f"Country {country.code} deleted"


@edit("copies")
def country_replaced(user: Editor) -> str:
    """Deleted and made anew under its key."""
    country = user.pick(Country)
    with transaction.atomic(using=user.alias):
        user.delete(country)
        user.create(Country, code=country.code, name=user.word())
    return f"Country {country.code} replaced"


@edit("copies")
def countries_swapped(user: Editor) -> str:
    pair = user.some(Country, 2)
    if len(pair) < 2 or user.rows(Stamp).filter(country__in=pair).exists():
        raise Refused("no two")
    one, other = pair
    with transaction.atomic(using=user.alias):
        user.rows(Country).filter(pk=one.pk).update(code="moving")
        user.rows(Country).filter(pk=other.pk).update(code=one.code)
        user.rows(Country).filter(pk=one.pk).update(code=other.code)
    return f"Countries {one.code} and {other.code} swapped"


@edit("copies")
def language_created(user: Editor) -> str:
    language = user.create(Language, country=user.pick(Country), code=user.code())
    return f"Language {language.country.code}/{language.code} created, pk {language.pk}"


@edit("copies")
def language_moved(user: Editor) -> str:
    language, country = user.pick(Language), user.pick(Country)
    was = f"{language.country.code}/{language.code}"
    language.country = country
    language.save()
    return f"Language {was} moved to {country.code}"


@edit("copies")
def language_renamed(user: Editor) -> str:
    language, code = user.pick(Language), user.code()
    user.rows(Language).filter(pk=language.pk).update(code=code)
    return f"Language {language.country.code}/{language.code} renamed {code}"


@edit("copies")
def language_deleted(user: Editor) -> str:
    language = user.pick(Language)
    user.delete(language)
    return f"Language {language.country.code}/{language.code} deleted"


@edit("copies")
def copies_created(user: Editor) -> str:
    language = user.pick(Language)
    made = [Copy(language=language, key=key, value=user.word()) for key in user.dice.sample("abcdef", 3)]
    user.rows(Copy).bulk_create(made)
    return f"Copies {', '.join(copy.key for copy in made)} of {language.country.code}/{language.code} bulk created"


@edit("copies")
def copies_overwritten(user: Editor) -> str:
    language = user.pick(Language)
    made = [Copy(language=language, key=key, value=user.word()) for key in user.dice.sample("abcdef", 3)]
    rows = user.rows(Copy)
    unique = unique_fields(rows.db, "language", "key")
    rows.bulk_create(made, update_conflicts=True, unique_fields=unique, update_fields=["value"])
    return f"Copies {', '.join(copy.key for copy in made)} of {language.country.code}/{language.code} overwritten"


@edit("copies")
def copies_updated(user: Editor) -> str:
    suffix = user.word()
    count = user.rows(Copy).filter(key__lte=user.code()).update(value=Concat(F("value"), Value(suffix)))
    return f"{count} copies got the suffix {suffix}"


@edit("copies")
def copies_changed(user: Editor) -> str:
    copies = user.some(Copy)
    for copy in copies:
        copy.value, copy.default = user.word(), not copy.default
    user.rows(Copy).bulk_update(copies, ["value", "default"])
    return f"Copies {[copy.pk for copy in copies]} bulk updated"


@edit("copies")
def copy_renamed(user: Editor) -> str:
    copy, key = user.pick(Copy), user.code()
    was, copy.key = copy.key, key
    copy.save()
    return f"Copy {was} (pk {copy.pk}) renamed {key}"


@edit("copies")
def copy_moved(user: Editor) -> str:
    copy = user.pick(Copy)
    copy.language = user.pick(Language)
    copy.save()
    return f"Copy {copy.key} (pk {copy.pk}) moved to {copy.language.country.code}/{copy.language.code}"


@edit("copies")
def copies_deleted(user: Editor) -> str:
    pks = [copy.pk for copy in user.some(Copy)]
    user.rows(Copy).filter(pk__in=pks).delete()
    return f"Copies {pks} deleted"


@edit("copies")
def tag_created(user: Editor) -> str:
    tag, made = user.rows(Tag).update_or_create(slug=user.code(), defaults={"label": user.word()})
    return f"Tag {tag.slug} {'created' if made else 'saved'}"


@edit("copies")
def tag_renamed(user: Editor) -> str:
    tag, slug = user.pick(Tag), user.code()
    was, tag.slug = tag.slug, slug
    tag.save()
    return f"Tag {was} renamed {slug}"


@edit("copies")
def tag_deleted(user: Editor) -> str:
    tag = user.pick(Tag)
    user.delete(tag)
    return f"Tag {tag.slug} deleted"


@edit("copies")
def copy_tagged(user: Editor) -> str:
    copy, tags = user.pick(Copy), user.some(Tag)
    act = user.dice.choice(["add", "remove", "set", "clear"])
    if act == "set":
        copy.tags.set(tags)
    elif act == "clear":
        copy.tags.clear()
    else:
        getattr(copy.tags, act)(*tags)
    return f"tags of copy {copy.pk}: {act} {[tag.slug for tag in tags]}"


@edit("copies")
def tag_given(user: Editor) -> str:
    tag, copies = user.pick(Tag), user.some(Copy)
    act = user.dice.choice(["add", "remove", "set"])
    if act == "set":
        tag.copies.set(copies)
    else:
        getattr(tag.copies, act)(*copies)
    return f"copies of tag {tag.slug}: {act} {[copy.pk for copy in copies]}"


@edit("copies")
def stamp_created(user: Editor) -> str:
    stamp = user.create(Stamp, country=user.pick(Country), number=user.dice.randint(1, 4))
    return f"Stamp {stamp.country_id}/{stamp.number} created"


@edit("copies")
def stamp_moved(user: Editor) -> str:
    stamp, country = user.pick(Stamp), user.pick(Country)
    was = stamp.country_id
    stamp.country = country
    stamp.save()
    return f"Stamp {was}/{stamp.number} moved to {country.code}"


@edit("copies")
def nullable_created(user: Editor) -> str:
    code = f"{user.side}{user.code()}"
    if user.rows(NullableKey).filter(code=code).exists():
        raise Refused("no constraint guards its key")
    thing = user.create(NullableKey, country=user.maybe(Country), code=code, note=user.word())
    return f"NullableKey {thing.country and thing.country.code}/{code} created"


@edit("copies")
def nullable_moved(user: Editor) -> str:
    thing, country = user.pick(NullableKey), user.maybe(Country)
    thing.country = country
    thing.save(update_fields=["country"])
    return f"NullableKey {thing.code} moved to {country and country.code}"


@edit("tree")
def category_created(user: Editor) -> str:
    category = user.create(Category, slug=user.code(), parent=user.maybe(Category))
    return f"Category {category.slug} below {category.parent and category.parent.slug} created"


@edit("tree")
def category_moved(user: Editor) -> str:
    categories, parent = user.some(Category), user.maybe(Category)
    for category in categories:
        category.parent = parent
    user.rows(Category).bulk_update(categories, ["parent"])
    return f"Categories {[category.slug for category in categories]} moved below {parent and parent.slug}"


@edit("tree")
def category_renamed(user: Editor) -> str:
    category, slug = user.pick(Category), user.code()
    was, category.slug = category.slug, slug
    category.save()
    return f"Category {was} renamed {slug}"


@edit("tree")
def categories_rotated(user: Editor) -> str:
    """A chain or a swap of slugs, in one transaction."""
    categories = user.some(Category, 4)
    slugs = [category.slug for category in categories]
    with transaction.atomic(using=user.alias):
        for place, category in enumerate(categories):
            user.rows(Category).filter(pk=category.pk).update(slug=f"moving{place}")
        for category, slug in zip(categories, slugs[1:] + slugs[:1], strict=True):
            user.rows(Category).filter(pk=category.pk).update(slug=slug)
    return f"Categories {slugs} rotated"


@edit("tree")
def category_deleted(user: Editor) -> str:
    category = user.pick(Category)
    user.delete(category)
    return f"Category {category.slug} deleted"
