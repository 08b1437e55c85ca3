"""What a person changes in the studio while the shop follows.

In: nothing; this process is the studio (`become` sets Django up as it) and changes go through the ORM like anybody's.
Out: steps, each with the plain SQL that tells whether the shop has it.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import django

from tests.demo.processes import Site


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """`act` changes the studio; the shop has it once `sql` gives `expected` there."""

    label: str
    act: Callable[[], Any]
    sql: str
    expected: Any


def become(site: Site) -> None:
    """From now on this process's ORM is the site's."""
    os.environ.update(site.variables)
    django.setup()


def story() -> Iterator[Step]:
    """One of each kind of change; made one after the other, since each looks at what the one before left."""
    yield _edit()
    yield _rename_tag()
    yield _rename_locale()
    yield _tag()
    yield _delete()
    yield _create()
    yield _bulk_update()
    yield _bulk_delete()


def ticks(number: int) -> Iterator[Step]:
    """Small edits of one city, for the clock."""
    from tests.demo.atlas.models import City

    city = City.objects.order_by("pk")[2]
    for population in range(1, number + 1):
        city.population = population
        yield Step(
            label="edit",
            act=city.save,
            sql=f"SELECT population FROM atlas_city WHERE geoname = {city.geoname}",
            expected=population,
        )


def burst(size: int) -> Step:
    """Many saves in a row, each in a transaction of its own; to be made in a thread."""
    from django.db import connection

    from tests.demo.atlas.models import TerritoryName

    names = list(TerritoryName.objects.order_by("pk")[:size])

    def act() -> None:
        for name in names:
            name.name = f"{name.name} *"
            name.save()
        connection.close()

    return Step(
        label=f"{len(names):,} saves in a row",
        act=act,
        sql="SELECT count(*) FROM atlas_territoryname WHERE name LIKE '% *'",
        expected=len(names),
    )


def _edit() -> Step:
    from tests.demo.atlas.models import City

    city = City.objects.order_by("pk")[0]
    city.population += 1
    return Step(
        label=f"a newborn in {city}: {city.population:,} people",
        act=city.save,
        sql=f"SELECT population FROM atlas_city WHERE geoname = {city.geoname}",
        expected=city.population,
    )


def _rename_tag() -> Step:
    from tests.demo.atlas.models import Tag

    tag = Tag.objects.get(slug="large")
    tag.slug = "metropolis"
    return Step(
        label=f"tag large is renamed to metropolis; {tag.cities.count():,} cities keep it",
        act=tag.save,
        sql="""SELECT count(*) FROM atlas_city_tags link JOIN atlas_tag tag ON tag.id = link.tag_id
        WHERE tag.slug = 'metropolis'""",
        expected=tag.cities.count(),
    )


def _rename_locale() -> Step:
    from tests.demo.atlas.models import Locale

    # A small atlas has no German.
    locale = Locale.objects.filter(code__in=["af", "de"]).order_by("-code")[0]
    old, locale.code = locale.code, "renamed"
    number = locale.territory_names.count()
    return Step(
        label=f"locale {old} gets another code, which is part of the key of {number:,} names",
        act=locale.save,
        sql="""SELECT count(*) FROM atlas_territoryname called JOIN atlas_locale locale ON locale.id = called.locale_id
        WHERE locale.code = 'renamed'""",
        expected=number,
    )


def _tag() -> Step:
    from tests.demo.atlas.models import City, Tag

    city = City.objects.order_by("pk")[1]
    tag = Tag.objects.create(slug="demo", label="Seen in the demo")
    return Step(
        label=f"{city} gets a new tag",
        act=lambda: city.tags.add(tag),
        sql=f"""SELECT count(*) FROM atlas_city_tags link JOIN atlas_tag tag ON tag.id = link.tag_id
        JOIN atlas_city city ON city.id = link.city_id WHERE tag.slug = 'demo' AND city.geoname = {city.geoname}""",
        expected=1,
    )


def _delete() -> Step:
    from tests.demo.atlas.models import City

    city = City.objects.filter(alternate_names__isnull=False).order_by("-pk")[0]
    return Step(
        label=f"{city} is deleted, and its other names with it",
        act=city.delete,
        sql=f"SELECT count(*) FROM atlas_city WHERE geoname = {city.geoname}",
        expected=0,
    )


def _create() -> Step:
    from tests.demo.atlas.models import City, Country

    city = City(
        geoname=1,
        country=Country.objects.get(code="AQ"),
        name="Ny-Demo",
        population=2,
        latitude="-77.84640",
        longitude="166.66830",
        time_zone="Antarctica/McMurdo",
    )
    return Step(
        label=f"{city} is founded",
        act=city.save,
        sql="SELECT name FROM atlas_city WHERE geoname = 1",
        expected=city.name,
    )


def _bulk_update() -> Step:
    from django.db.models import F

    from tests.demo.atlas.models import City

    india = City.objects.filter(country__code="IN")
    population = sum(india.values_list("population", flat=True))
    number = india.count()
    return Step(
        label=f"one more person in each of {number:,} cities of India, in one UPDATE",
        act=lambda: india.update(population=F("population") + 1),
        sql="""SELECT sum(population) FROM atlas_city city JOIN atlas_country country ON country.id = city.country_id
        WHERE country.code = 'IN'""",
        expected=population + number,
    )


def _bulk_delete() -> Step:
    from tests.demo.atlas.models import AlternateName

    names = AlternateName.objects.filter(city__country__code="BR")
    return Step(
        label=f"{names.count():,} other names of cities in Brazil are deleted in one go",
        act=names.delete,
        sql="""SELECT count(*) FROM atlas_alternatename other JOIN atlas_city city ON city.id = other.city_id
        JOIN atlas_country country ON country.id = city.country_id WHERE country.code = 'BR'""",
        expected=0,
    )
