"""The workload: names of territories in every language of CLDR, some 500 characters a text, two or three tags each.

In: a connection to a migrated database without texts, and how many are wanted. Out: that many, by COPY. Beyond what
CLDR has, texts come again under another key.
"""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Iterator
from itertools import islice
from typing import Any

import psycopg
from babel import Locale, localedata

CHARACTERS = 500
TAGS = 40
UPDATED = dt.datetime(2026, 11, 1, 12, 0, 0, 123456, tzinfo=dt.UTC)
Text = tuple[int, str, str, bool, dt.datetime]  # (language, key, value, default, updated)


def fill(connection: psycopg.Connection[Any], count: int, *, tagged: bool = True) -> None:
    """Countries, languages, tags, texts and their tags; primary keys count from 1."""
    locales = [Locale.parse(name) for name in sorted(localedata.locale_identifiers()) if "_" not in name]
    countries = ["001", *sorted(str(code) for code in Locale("en").territories if len(str(code)) == 2)]
    _copy(connection, "content_country (code)", [(code,) for code in countries])
    _copy(
        connection,
        "content_language (country_id, code)",
        [(number % len(countries) + 1, locale.language) for number, locale in enumerate(locales)],
    )
    _copy(connection, "content_tag (slug)", [(f"tag-{number:02}",) for number in range(TAGS)])
    columns = 'content_copy (language_id, key, value, "default", updated)'
    _copy(connection, columns, islice(_texts(locales), count))
    if tagged:
        _copy(connection, "content_copy_tags (copy_id, tag_id)", _links(count))


def _texts(locales: list[Locale]) -> Iterator[Text]:
    again = 0
    while True:
        for language, locale in enumerate(locales, start=1):
            names = sorted(locale.territories.items())
            for place, (territory, _) in enumerate(names):
                key = f"territory.{territory}" + (f".{again}" if again else "")
                yield language, key, _value([name for _, name in names], place), again == 0, UPDATED
        again += 1


def _value(names: list[str], place: int) -> str:
    """This name and others at random, up to the length of a text: in order, they would compress to nothing."""
    found: list[str] = []
    length = 0
    dice = random.Random(place)
    for name in (names[place], *dice.sample(names, len(names))):
        found.append(name)
        length += len(name) + 2
        if length >= CHARACTERS:
            break
    return ", ".join(found)


def _links(count: int) -> Iterator[tuple[int, int]]:
    for copy in range(1, count + 1):
        for step in range(2 + copy % 2):
            yield copy, (copy + step * 7) % TAGS + 1


def _copy(connection: psycopg.Connection[Any], target: str, rows: Any) -> None:
    with connection.cursor() as cursor, cursor.copy(f"COPY {target} FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)
