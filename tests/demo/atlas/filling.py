"""Fills the demo's tables from `source`, some thousand rows at a time.

In: a scale; out: rows in the database, and after each batch its model and size. Parents come before their children.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from decimal import Decimal
from itertools import islice
from typing import NamedTuple, TypeVar

from django.db.models import Model

from tests.demo.atlas import models, source

Row = TypeVar("Row")

BATCH = 2_000
TROPIC = Decimal("23.44")
TAGS: dict[str, tuple[str, Callable[[models.City], bool]]] = {
    "large": ("More than a million people", lambda city: city.population > 1_000_000),
    "medium": ("A quarter of a million to a million people", lambda city: 250_000 < city.population <= 1_000_000),
    "northern": ("North of the tropics", lambda city: city.latitude > TROPIC),
    "southern": ("South of the tropics", lambda city: city.latitude < -TROPIC),
    "tropical": ("Between the tropics", lambda city: abs(city.latitude) <= TROPIC),
}


class Filled(NamedTuple):
    model: str
    rows: int


def fill(scale: float) -> Iterator[Filled]:
    """All of it; yields after each batch."""
    locales = source.locales(scale)
    cities = source.cities(scale)
    yield from _write(_countries())
    yield from _write(_subdivisions())
    yield from _link_subdivisions()
    yield from _write(models.Language(code=code, name=name) for code, name in source.languages())
    yield from _write(_locales(locales))
    yield from _write(_territory_names(code for code, _ in locales))
    yield from _write(_cities(cities))
    yield from _write(_alternate_names(cities, each=max(1, round(scale / 2))))
    yield from _write(_capitals(cities))
    yield from _write(models.Tag(slug=slug, label=label) for slug, (label, _) in TAGS.items())
    yield from _tag_cities()


def _write(rows: Iterable[Model]) -> Iterator[Filled]:
    for batch in _batches(rows):
        type(batch[0])._default_manager.bulk_create(batch)
        yield Filled(type(batch[0]).__name__, len(batch))


def _batches(rows: Iterable[Row]) -> Iterator[list[Row]]:
    remaining = iter(rows)
    while batch := list(islice(remaining, BATCH)):
        yield batch


def _countries() -> Iterator[models.Country]:
    for code, name, area in source.countries():
        yield models.Country(code=code, name=name, area_km2=Decimal(area))


def _subdivisions() -> Iterator[models.Subdivision]:
    countries = dict(models.Country.objects.values_list("code", "pk"))
    for country, code, name, kind, _ in source.subdivisions():
        yield models.Subdivision(country_id=countries[country], code=code, name=name, kind=kind)


def _link_subdivisions() -> Iterator[Filled]:
    """Parents are set afterwards: some come later in the alphabet than their parts."""
    known = {(part.country.code, part.code): part for part in models.Subdivision.objects.select_related("country")}
    children = []
    for country, code, _, _, parent in source.subdivisions():
        if parent and (country, parent) in known:
            known[country, code].parent = known[country, parent]
            children.append(known[country, code])
    models.Subdivision.objects.bulk_update(children, ["parent"], batch_size=500)
    yield Filled("Subdivision", 0)


def _locales(locales: Iterable[tuple[str, str]]) -> Iterator[models.Locale]:
    languages = dict(models.Language.objects.values_list("code", "pk"))
    for code, language in locales:
        yield models.Locale(code=code, language_id=languages[language])


def _territory_names(locales: Iterable[str]) -> Iterator[models.TerritoryName]:
    ids = dict(models.Locale.objects.values_list("code", "pk"))
    for locale in locales:
        for territory, name in source.territory_names(locale):
            yield models.TerritoryName(locale_id=ids[locale], territory=territory, name=name)


def _cities(cities: Iterable[source.CityRow]) -> Iterator[models.City]:
    countries = dict(models.Country.objects.values_list("code", "pk"))
    for row in cities:
        yield models.City(
            geoname=row.geoname,
            country_id=countries[row.country],
            name=row.name,
            population=row.population,
            latitude=Decimal(str(row.latitude)),
            longitude=Decimal(str(row.longitude)),
            time_zone=row.time_zone,
        )


def _alternate_names(cities: Iterable[source.CityRow], each: int) -> Iterator[models.AlternateName]:
    ids = dict(models.City.objects.values_list("geoname", "pk"))
    for row in cities:
        for name in row.alternate_names[:each]:
            yield models.AlternateName(city_id=ids[row.geoname], name=name)


def _capitals(cities: Iterable[source.CityRow]) -> Iterator[models.Capital]:
    """The largest city that is called so: cities come largest first."""
    places: dict[tuple[str, str], int] = {}
    for row in cities:
        places.setdefault((row.country, row.name), row.geoname)
    countries = dict(models.Country.objects.values_list("code", "pk"))
    ids = dict(models.City.objects.values_list("geoname", "pk"))
    for country, name in source.capitals().items():
        if (country, name) in places:
            yield models.Capital(country_id=countries[country], city_id=ids[places[country, name]])


def _tag_cities() -> Iterator[Filled]:
    """Links, not objects: a city carries its own tags."""
    tags = {tag.slug: tag for tag in models.Tag.objects.all()}
    cities = list(models.City.objects.all())
    for slug, (_, fits) in TAGS.items():
        for batch in _batches(city for city in cities if fits(city)):
            tags[slug].cities.add(*batch)
            yield Filled("City", 0)
