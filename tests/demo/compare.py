"""Compares two databases of the demo object by object, by natural key.

In: two addresses; out: how many objects are equal, and what differs. Plain SQL written by hand, which shares no code
with feedsync: what feedsync gets wrong, this must not get wrong in the same way. Streams; holds one row of each side.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from tests.demo.plain import Row, stream

SHOWN = 20


class Table(NamedTuple):
    """`sql` gives the `key_columns` that identify an object, then all else that has to be equal, in the key's order."""

    name: str
    key_columns: int
    sql: str


TABLES = (
    Table("Country", 1, "SELECT code, name, area_km2 FROM atlas_country ORDER BY 1"),
    Table(
        "Subdivision",
        2,
        """SELECT country.code, part.code, part.name, part.kind, whole_country.code, whole.code
        FROM atlas_subdivision part JOIN atlas_country country ON country.id = part.country_id
        LEFT JOIN atlas_subdivision whole ON whole.id = part.parent_id
        LEFT JOIN atlas_country whole_country ON whole_country.id = whole.country_id ORDER BY 1, 2""",
    ),
    Table("Language", 1, "SELECT code, name FROM atlas_language ORDER BY 1"),
    Table(
        "Locale",
        1,
        """SELECT locale.code, language.code FROM atlas_locale locale
        JOIN atlas_language language ON language.id = locale.language_id ORDER BY 1""",
    ),
    Table(
        "TerritoryName",
        2,
        """SELECT locale.code, called.territory, called.name, called.updated FROM atlas_territoryname called
        JOIN atlas_locale locale ON locale.id = called.locale_id ORDER BY 1, 2""",
    ),
    Table("Tag", 1, "SELECT slug, label FROM atlas_tag ORDER BY 1"),
    Table(
        "City",
        1,
        """SELECT city.geoname, country.code, city.name, population, latitude, longitude, time_zone, updated
        FROM atlas_city city JOIN atlas_country country ON country.id = city.country_id ORDER BY 1""",
    ),
    Table(
        "City's tags",
        2,
        """SELECT city.geoname, tag.slug FROM atlas_city_tags link JOIN atlas_city city ON city.id = link.city_id
        JOIN atlas_tag tag ON tag.id = link.tag_id ORDER BY 1, 2""",
    ),
    Table(
        "AlternateName",
        2,
        """SELECT city.geoname, other.name FROM atlas_alternatename other
        JOIN atlas_city city ON city.id = other.city_id ORDER BY 1, 2""",
    ),
    Table(
        "Capital",
        1,
        """SELECT country.code, city.geoname FROM atlas_capital capital
        JOIN atlas_country country ON country.id = capital.country_id
        JOIN atlas_city city ON city.id = capital.city_id ORDER BY 1""",
    ),
)


@dataclass(slots=True)
class Comparison:
    """`equal` counts objects by table; `differences` holds the first few, `different` counts them all."""

    equal: dict[str, int] = field(default_factory=dict)
    different: int = 0
    differences: list[str] = field(default_factory=list)

    @property
    def objects(self) -> int:
        """Without the links of the many-to-many relation, which are part of their cities."""
        return sum(number for name, number in self.equal.items() if name != "City's tags")

    def differ(self, table: Table, left: Row | None, right: Row | None) -> None:
        self.different += 1
        if len(self.differences) < SHOWN:
            self.differences.append(f"{table.name}: {left or 'absent'} <> {right or 'absent'}")


def compare(left: str, right: str) -> Comparison:
    result = Comparison()
    for table in TABLES:
        result.equal[table.name] = 0
        for ours, theirs in _pairs(stream(left, table.sql), stream(right, table.sql), table.key_columns):
            if ours == theirs:
                result.equal[table.name] += 1
            else:
                result.differ(table, ours, theirs)
    return result


def _pairs(left: Iterator[Row], right: Iterator[Row], key_columns: int) -> Iterator[tuple[Row | None, Row | None]]:
    """A merge of two streams in the order of their keys."""
    ours, theirs = next(left, None), next(right, None)
    while ours is not None or theirs is not None:
        if theirs is None or (ours is not None and ours[:key_columns] < theirs[:key_columns]):
            yield ours, None
            ours = next(left, None)
        elif ours is None or theirs[:key_columns] < ours[:key_columns]:
            yield None, theirs
            theirs = next(right, None)
        else:
            yield ours, theirs
            ours, theirs = next(left, None), next(right, None)
