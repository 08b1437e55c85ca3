"""One of each field that Django has, and primary keys, fields and managers of uncommon kinds."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models.functions import Upper

from tests.library.models.people import Person


class EveryField(models.Model):
    name = models.CharField(max_length=100, unique=True)
    big_integer = models.BigIntegerField(null=True)
    binary = models.BinaryField(null=True)
    boolean = models.BooleanField(null=True)
    char = models.CharField(max_length=100, null=True)
    date = models.DateField(null=True)
    date_time = models.DateTimeField(null=True)
    decimal = models.DecimalField(max_digits=20, decimal_places=6, null=True)
    duration = models.DurationField(null=True)
    email = models.EmailField(null=True)
    floating = models.FloatField(null=True)
    integer = models.IntegerField(null=True)
    ip_address = models.GenericIPAddressField(null=True)
    json = models.JSONField(null=True)
    positive_big_integer = models.PositiveBigIntegerField(null=True)
    positive_integer = models.PositiveIntegerField(null=True)
    positive_small_integer = models.PositiveSmallIntegerField(null=True)
    slug = models.SlugField(null=True)
    small_integer = models.SmallIntegerField(null=True)
    text = models.TextField(null=True)
    time = models.TimeField(null=True)
    url = models.URLField(null=True)
    uuid = models.UUIDField(null=True)
    created = models.DateTimeField(auto_now_add=True)
    changed = models.DateTimeField(auto_now=True)
    elsewhere = models.IntegerField(db_column="another_column", default=0)
    database_default = models.IntegerField(db_default=7)
    upper_name = models.GeneratedField(
        expression=Upper("name"), output_field=models.CharField(max_length=100), db_persist=True
    )


class UuidThing(models.Model):
    """Its primary key is its natural key."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=100, blank=True)


class CodeThing(models.Model):
    """Its primary key is its natural key, and a text."""

    code = models.CharField(max_length=20, primary_key=True)
    name = models.CharField(max_length=100, blank=True)


class Item(models.Model):
    """`local_note` isn't registered: it belongs to the replica. The owner can't be deleted."""

    code = models.CharField(max_length=20, unique=True)
    title = models.CharField(max_length=100, blank=True)
    owner = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="items")
    local_note = models.CharField(max_length=100, blank=True, default="untouched")


class Attachment(models.Model):
    """Carries a file."""

    code = models.CharField(max_length=20, unique=True)
    file = models.FileField(upload_to="attachments", blank=True)


class VisibleManager(models.Manager["Hidden"]):
    """Shows what isn't hidden."""

    def get_queryset(self) -> models.QuerySet[Hidden]:
        return super().get_queryset().filter(hidden=False)


class Hidden(models.Model):
    """Its managers don't show all its rows."""

    code = models.CharField(max_length=20, unique=True)
    hidden = models.BooleanField(default=False)

    objects = VisibleManager()
