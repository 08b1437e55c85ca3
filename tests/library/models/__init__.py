"""The test models, by what is particular about them."""

from __future__ import annotations

from tests.library.models.copies import Copy, Country, CountryProxy, Language, NullableKey, Stamp, Tag
from tests.library.models.fields import Attachment, CodeThing, EveryField, Hidden, Item, UuidThing
from tests.library.models.graphs import Book, Category, KnotA, KnotB, Publication, RingA, RingB
from tests.library.models.pairs import Shelf, Slot
from tests.library.models.people import Club, Membership, Person, Profile

__all__ = [
    "Attachment",
    "Book",
    "Category",
    "Club",
    "CodeThing",
    "Copy",
    "Country",
    "CountryProxy",
    "EveryField",
    "Hidden",
    "Item",
    "KnotA",
    "KnotB",
    "Language",
    "Membership",
    "NullableKey",
    "Person",
    "Profile",
    "Publication",
    "RingA",
    "RingB",
    "Shelf",
    "Slot",
    "Stamp",
    "Tag",
    "UuidThing",
]
