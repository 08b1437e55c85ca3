"""What set-up found or did, a value for each thing; what the cloud refuses is one, too."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from feedsync.conf import settings
from feedsync.errors import FeedsyncError

TIMEOUT_SECONDS = 10.0


class Result(StrEnum):
    PRESENT = "is as it should be"
    CREATED = "was made"
    CHANGED = "was changed"
    MISSING = "is missing"
    DIFFERENT = "differs"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing and how it is now. `commands`: what a person with more rights would type."""

    what: str
    result: Result
    detail: str = ""
    commands: tuple[str, ...] = ()

    @property
    def good(self) -> bool:
        return self.result in (Result.PRESENT, Result.CREATED, Result.CHANGED)


Commands = Callable[[], tuple[str, ...]]


def guarded(what: str, work: Callable[[], Finding], commands: Commands, role: str = "roles/pubsub.editor") -> Finding:
    """A refusal becomes a finding with the commands for somebody who may; `role`: what set-up would need."""
    from google.api_core import exceptions
    from google.auth.exceptions import GoogleAuthError

    try:
        return work()
    except exceptions.PermissionDenied:
        detail = f"not allowed: set-up needs {role}; or let somebody who has it run"
        return Finding(what=what, result=Result.FAILED, detail=detail, commands=commands())
    except (exceptions.GoogleAPIError, GoogleAuthError, FeedsyncError) as error:
        return Finding(what=what, result=Result.FAILED, detail=_told(error))


def member() -> str:
    """The flag that names our account in gcloud's commands."""
    return f"--member=serviceAccount:{settings().service_account_email or 'ACCOUNT'}"


def _told(error: Any) -> str:
    return str(getattr(error, "message", "") or error)
