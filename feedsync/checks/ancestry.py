"""Check of a project that was written for django-data-sync: what is left of it, and what it is here."""

from __future__ import annotations

from collections.abc import Iterator

from django.conf import settings as django_settings
from django.core.checks import CheckMessage

from feedsync import ancestor
from feedsync.checks.catalogue import Id, message


def check_settings() -> Iterator[CheckMessage]:
    said = getattr(django_settings, "FEEDSYNC", None) or {}
    for old, key in ancestor.present().items():
        if not key:
            text, hint = f"{old} means nothing to feedsync.", "Remove it."
        elif key in said:
            text, hint = f"{old} is not read, since FEEDSYNC[{key!r}] is there.", f"Remove {old}."
        else:
            text, hint = f"{old} is called FEEDSYNC[{key!r}] now.", f"Move its value there; until then {old} counts."
        yield message(Id.ANCESTOR, text, hint=hint)
