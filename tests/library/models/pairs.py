"""Models whose primary key is made of two columns."""

from __future__ import annotations

from django.db import models

from tests.library.models.copies import Country


class Shelf(models.Model):
    """A relation is part of the primary key, which is the natural key as well."""

    pk = models.CompositePrimaryKey("country", "number")
    country = models.ForeignKey(Country, models.CASCADE, related_name="shelves")
    number = models.IntegerField()
    label = models.CharField(max_length=100, blank=True)


class Slot(models.Model):
    """Known by another column than its primary key, whose parts may change."""

    pk = models.CompositePrimaryKey("zone", "place")
    zone = models.CharField(max_length=20)
    place = models.IntegerField()
    slug = models.SlugField(unique=True)
    note = models.CharField(max_length=100, blank=True)  # not registered
