"""The demo's models: real names of real places, related in the ways that real models are.

`City.note` isn't registered: each environment keeps its own.
"""

from __future__ import annotations

from django.db import models


class Country(models.Model):
    code = models.CharField(max_length=2, unique=True)
    name = models.CharField(max_length=100)
    area_km2 = models.DecimalField(max_digits=12, decimal_places=2, null=True, blank=True)

    class Meta:
        ordering = ["code"]
        verbose_name_plural = "countries"

    def __str__(self) -> str:
        return self.name


class Subdivision(models.Model):
    country = models.ForeignKey(Country, models.CASCADE, related_name="subdivisions")
    code = models.CharField(max_length=10)
    name = models.CharField(max_length=200)
    kind = models.CharField(max_length=100)
    parent = models.ForeignKey("self", models.SET_NULL, null=True, blank=True, related_name="parts")

    class Meta:
        ordering = ["country__code", "code"]
        constraints = [models.UniqueConstraint(fields=["country", "code"], name="one_subdivision_a_country_and_code")]

    def __str__(self) -> str:
        return self.name


class Language(models.Model):
    code = models.CharField(max_length=3, unique=True)
    name = models.CharField(max_length=200)

    class Meta:
        ordering = ["code"]

    def __str__(self) -> str:
        return self.name


class Locale(models.Model):
    """A language as it is written somewhere."""

    code = models.CharField(max_length=40, unique=True)
    language = models.ForeignKey(Language, models.CASCADE, related_name="locales")

    class Meta:
        ordering = ["code"]

    def __str__(self) -> str:
        return self.code


class TerritoryName(models.Model):
    """What a territory is called in a locale; known by three parts, one of which lies two relations away."""

    locale = models.ForeignKey(Locale, models.CASCADE, related_name="territory_names")
    territory = models.CharField(max_length=10)
    name = models.CharField(max_length=200)
    updated = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["locale__code", "territory"]
        constraints = [models.UniqueConstraint(fields=["locale", "territory"], name="one_name_a_locale_and_territory")]

    def __str__(self) -> str:
        return self.name


class Tag(models.Model):
    slug = models.SlugField(unique=True)
    label = models.CharField(max_length=100)

    class Meta:
        ordering = ["slug"]

    def __str__(self) -> str:
        return self.label


class City(models.Model):
    geoname = models.PositiveIntegerField(unique=True)
    country = models.ForeignKey(Country, models.CASCADE, related_name="cities")
    name = models.CharField(max_length=200)
    population = models.PositiveIntegerField()
    latitude = models.DecimalField(max_digits=8, decimal_places=5)
    longitude = models.DecimalField(max_digits=8, decimal_places=5)
    time_zone = models.CharField(max_length=50)
    updated = models.DateTimeField(auto_now=True)
    tags = models.ManyToManyField(Tag, related_name="cities", blank=True)
    note = models.CharField(max_length=200, blank=True, default="", help_text="stays in this environment")

    class Meta:
        ordering = ["-population", "geoname"]
        verbose_name_plural = "cities"

    def __str__(self) -> str:
        return self.name


class AlternateName(models.Model):
    city = models.ForeignKey(City, models.CASCADE, related_name="alternate_names")
    name = models.CharField(max_length=400)

    class Meta:
        ordering = ["city", "name"]
        constraints = [models.UniqueConstraint(fields=["city", "name"], name="one_alternate_name_a_city_and_name")]

    def __str__(self) -> str:
        return self.name


class Capital(models.Model):
    """Known by the country whose capital it is."""

    country = models.OneToOneField(Country, models.CASCADE, related_name="capital")
    city = models.ForeignKey(City, models.CASCADE, related_name="+")

    def __str__(self) -> str:
        return f"{self.country}: {self.city}"
