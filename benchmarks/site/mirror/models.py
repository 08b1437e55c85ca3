"""`Copy` as a replica of django-cqrs, which knows objects by the source's primary key and leaves sets to its user."""

from __future__ import annotations

from typing import Any

from dj_cqrs.mixins import ReplicaMixin
from django.db import models

from benchmarks.site.content.models import Language, Tag


class Mirror(ReplicaMixin):  # type: ignore[misc]  # django-cqrs has no types
    CQRS_ID = "copy"
    CQRS_CUSTOM_SERIALIZATION = True

    id = models.BigIntegerField(primary_key=True)
    language = models.ForeignKey(Language, models.CASCADE)
    key = models.CharField(max_length=100)
    value = models.TextField()
    default = models.BooleanField(default=False)
    updated = models.DateTimeField()
    tags = models.ManyToManyField(Tag)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["language", "key"], name="mirror_key")]

    @classmethod
    def cqrs_create(cls, sync: bool, mapped_data: dict[str, Any], **named: Any) -> Mirror:
        mirror = cls(**{name: value for name, value in mapped_data.items() if name != "tags"})
        mirror.save(force_insert=True)
        mirror.tags.set(mapped_data["tags"])
        return mirror

    def cqrs_update(self, sync: bool, mapped_data: dict[str, Any], **named: Any) -> Mirror:
        for name, value in mapped_data.items():
            if name != "tags":
                setattr(self, name, value)
        self.save()
        self.tags.set(mapped_data["tags"])
        return self
