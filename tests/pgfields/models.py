"""Arrays, of one and of two dimensions, and ranges."""

from __future__ import annotations

from django.contrib.postgres import fields
from django.db import models


class Arrays(models.Model):
    name = models.CharField(max_length=100, unique=True)
    texts = fields.ArrayField(models.TextField(null=True), null=True)
    moments = fields.ArrayField(models.DateTimeField(), null=True)
    matrix = fields.ArrayField(fields.ArrayField(models.DecimalField(max_digits=20, decimal_places=6)), null=True)


class Ranges(models.Model):
    name = models.CharField(max_length=100, unique=True)
    integers = fields.IntegerRangeField(null=True)
    big_integers = fields.BigIntegerRangeField(null=True)
    decimals = fields.DecimalRangeField(null=True)
    moments = fields.DateTimeRangeField(null=True)
    dates = fields.DateRangeField(null=True)
