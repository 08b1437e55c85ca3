"""Rows that refer to rows like themselves: a tree, a ring and a knot of two models, and multi-table inheritance."""

from __future__ import annotations

from django.db import models


class Category(models.Model):
    slug = models.SlugField(unique=True)
    parent = models.ForeignKey("self", models.SET_NULL, null=True, blank=True, related_name="children")


class RingA(models.Model):
    code = models.CharField(max_length=20, unique=True)
    b = models.ForeignKey("RingB", models.SET_NULL, null=True, blank=True, related_name="+")


class RingB(models.Model):
    code = models.CharField(max_length=20, unique=True)
    a = models.ForeignKey(RingA, models.SET_NULL, null=True, blank=True, related_name="+")


class KnotA(models.Model):
    """Needs a KnotB, which needs a KnotA; no feed by itself."""

    code = models.CharField(max_length=20, unique=True)
    b = models.ForeignKey("KnotB", models.CASCADE, related_name="+")


class KnotB(models.Model):
    code = models.CharField(max_length=20, unique=True)
    a = models.ForeignKey(KnotA, models.CASCADE, related_name="+")


class Publication(models.Model):
    code = models.CharField(max_length=20, unique=True)
    title = models.CharField(max_length=100, blank=True)


class Book(Publication):
    """Lies in two tables."""

    pages = models.PositiveIntegerField(default=0)
