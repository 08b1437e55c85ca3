"""Storages that behave as some do in life; `use` makes one the default storage of a test."""

from __future__ import annotations

import uuid
from pathlib import Path, PurePosixPath
from typing import Any

from django.conf import settings as django_settings
from django.core.files.storage import FileSystemStorage, InMemoryStorage, Storage
from pytest_django import Settings

from feedsync.conf import settings as feedsync_settings


def use(settings: Settings, kind: type[Storage]) -> None:
    settings.STORAGES = {**settings.STORAGES, "default": {"BACKEND": f"{kind.__module__}.{kind.__qualname__}"}}


class Timeless(InMemoryStorage):
    """Has neither paths nor times."""

    get_modified_time = Storage.get_modified_time


class Renaming(FileSystemStorage):
    """Gives each file a name of its own choice."""

    def get_available_name(self, name: str, max_length: int | None = None) -> str:
        return str(PurePosixPath(name).with_name(f"{uuid.uuid4().hex}{PurePosixPath(name).suffix}"))


class Overwriting(FileSystemStorage):
    """As cloud storages are by default: a name that is taken is written over."""

    def get_available_name(self, name: str, max_length: int | None = None) -> str:
        if self.exists(name):
            self.delete(name)
        return name


class Unopened(FileSystemStorage):
    """Must not be read."""

    def _open(self, name: str, mode: str = "rb") -> Any:
        raise AssertionError(f"{name} is read")


class Away(FileSystemStorage):
    """Can't be reached."""

    def size(self, name: str) -> int:
        raise ConnectionResetError("no storage")

    def exists(self, name: str) -> bool:
        raise ConnectionResetError("no storage")


class Signing(FileSystemStorage):
    """Has URLs at another server."""

    def url(self, name: str | None) -> str:
        return f"https://bucket.example/{name}?sig=1"


class Each(FileSystemStorage):
    """One for each environment of a world, though they share a process."""

    @property
    def location(self) -> str:  # cached there
        return str(Path(django_settings.MEDIA_ROOT) / feedsync_settings().environment)

    base_location = location


class EachRenaming(Each):
    get_available_name = Renaming.get_available_name
