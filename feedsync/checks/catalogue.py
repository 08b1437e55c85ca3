"""The ids of all checks, and how one becomes a message of Django's. docs/checks.md has an entry for each."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from django.core import checks
from django.core.checks import CheckMessage


class Id(StrEnum):
    """E: `manage.py` refuses to go on. W: shown, and up to you. An id is never given to something else."""

    SETTING = "feedsync.E001"
    UNKNOWN_PATH = "feedsync.E003"
    UNREGISTERED_RELATION = "feedsync.E004"
    UNKNOWN_FIELD = "feedsync.E005"
    GENERATED_COLUMN = "feedsync.E006"
    EXPLICIT_THROUGH = "feedsync.E007"
    CIRCULAR_KEY = "feedsync.E008"
    SENSITIVE_MODEL = "feedsync.E009"
    SENSITIVE_FIELD = "feedsync.E010"
    GENERIC_RELATION = "feedsync.E011"
    PARENT_LINK = "feedsync.E012"
    COMPOSITE_KEY = "feedsync.E013"
    PACKAGE_NAME = "feedsync.E014"
    NO_TABLES = "feedsync.E015"
    FILE_FIELD = "feedsync.E016"
    AUTOMATIC_KEY = "feedsync.E017"
    NO_CONSUMER_TABLES = "feedsync.E018"
    NO_CALLS = "feedsync.E019"
    NO_TASK_FRAMEWORK = "feedsync.E020"
    UNSPELLED_KEY = "feedsync.E021"
    ISOLATION = "feedsync.E022"
    NO_MARIADB = "feedsync.E023"
    HORIZON = "feedsync.E024"
    NOT_UNIQUE = "feedsync.W001"
    THROUGH_NOT_REGISTERED = "feedsync.W002"
    DATABASE_CASCADE = "feedsync.W003"
    GUESSABLE = "feedsync.W004"
    NO_URLS = "feedsync.W005"
    SQLITE = "feedsync.W006"
    UNKNOWN_FEED = "feedsync.W007"
    NO_PROJECT = "feedsync.W008"
    NO_AUDIENCE = "feedsync.W009"
    REQUIRED_LEFT_OUT = "feedsync.W010"
    FILE_STAYS = "feedsync.W011"
    NO_CALLS_HERE = "feedsync.W012"
    ANCESTOR = "feedsync.W013"
    TRIGGERS = "feedsync.W014"
    GAP = "feedsync.W015"
    FORWARDS_NOWHERE = "feedsync.W016"
    PACKET = "feedsync.W017"
    LONG_KEY = "feedsync.W018"

    @property
    def anchor(self) -> str:
        """Where docs/checks.md explains it."""
        return f"docs/checks.md#{self.value.replace('.', '').lower()}"


def message(kind: Id, text: str, *, hint: str, about: Any = None) -> CheckMessage:
    """Django's message; the letter of the id decides whether it is an error."""
    if about is not None:  # Django puts the model in front
        text = text.removeprefix(f"{about._meta.label_lower}: ")
    severity = checks.Error if ".E" in kind else checks.Warning
    return severity(text, hint=f"{hint} ({kind.anchor})", obj=about, id=kind.value)
