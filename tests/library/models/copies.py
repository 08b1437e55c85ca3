"""Translated texts: natural keys that run through one and two relations, and one with a part that may be NULL."""

from __future__ import annotations

from django.db import models

from feedsync.managers import DataSyncEnhancedManager


class Country(models.Model):
    code = models.CharField(max_length=10, unique=True)
    name = models.CharField(max_length=100)


class CountryProxy(Country):
    """Another name for a country: its rows are the rows of Country."""

    class Meta:
        proxy = True


class Language(models.Model):
    country = models.ForeignKey(Country, models.CASCADE, related_name="languages")
    code = models.CharField(max_length=20)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["country", "code"], name="one_language_a_country_and_code")]


class Tag(models.Model):
    slug = models.SlugField(unique=True)
    label = models.CharField(max_length=100, blank=True)

    objects = DataSyncEnhancedManager["Tag"]()


class Copy(models.Model):
    language = models.ForeignKey(Language, models.CASCADE, related_name="copies")
    key = models.CharField(max_length=100)
    value = models.TextField(blank=True)
    default = models.BooleanField(default=False)
    updated = models.DateTimeField(auto_now=True)
    tags = models.ManyToManyField(Tag, related_name="copies", blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["language", "key"], name="one_copy_a_language_and_key")]


class NullableKey(models.Model):
    """Its key starts with a relation that may be absent; no constraint of the database guards that key."""

    country = models.ForeignKey(Country, models.SET_NULL, null=True, blank=True)
    code = models.CharField(max_length=20)
    note = models.CharField(max_length=100, blank=True)


class Stamp(models.Model):
    """Refers to a column other than the primary key."""

    country = models.ForeignKey(Country, models.CASCADE, to_field="code")
    number = models.IntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["country", "number"], name="one_stamp_a_country_and_number")]
