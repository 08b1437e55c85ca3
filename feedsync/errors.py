"""The one tree of errors, grouped by what the caller should do.

FeedsyncError
├── ConfigurationError      change something: a setting, a registration, the deployment
│   ├── NotRegistered       the model or feed is not known here
│   └── WrongDatabase       the database belongs to another environment
├── TransientError          try again later
│   ├── SourceUnavailable   the source is down, hangs or cut the answer
│   └── LeaseLost           another worker took over
└── PermanentError          give up, a person has to look
    ├── Refused             the caller may not do this (``reason`` says why, for our log only)
    ├── BadRequest          somebody who may call us sent what can't be read
    ├── SourceRefused       the source does not let us read
    ├── SourceAnswer        the source answered something that is no feedsync answer
    │   └── FileGone        the source has another file for the object now, or none
    ├── UnsafeUrl           the URL points where this environment must not connect
    ├── IncompatibleModels  both sides' registrations do not fit
    └── MalformedPage       bytes that are no page of changes
        └── NewerWire       a page of a newer feedsync

The docstring of each class is its default message.
"""

from __future__ import annotations

import inspect


class FeedsyncError(Exception):
    """Something went wrong in feedsync."""

    def __init__(self, message: str = "") -> None:
        super().__init__(message or inspect.cleandoc(type(self).__doc__ or ""))


class ConfigurationError(FeedsyncError):
    """feedsync is not configured correctly: run `manage.py check` and read its hints."""


class NotRegistered(ConfigurationError):
    """No feed is registered for this model: add `feedsync.register_model(natural_key=[...])`."""


class WrongDatabase(ConfigurationError):
    """The database belongs to another environment: run `manage.py feedsync_setup --adopt` if it is a copy."""


class TransientError(FeedsyncError):
    """This may work later."""


class SourceUnavailable(TransientError):
    """The source can't be reached right now: start the pull again later, it goes on where it stopped."""


class LeaseLost(TransientError):
    """Another worker took this work over."""


class PermanentError(FeedsyncError):
    """This will not work without a person."""


class Refused(PermanentError):
    """The request is not allowed."""

    def __init__(self, reason: str = "") -> None:
        super().__init__(reason)
        self.reason = reason or str(self)


class BadRequest(PermanentError):
    """The request can't be read."""

    def __init__(self, message: str = "", *, status: int = 400) -> None:
        super().__init__(message)
        self.status = status


class SourceRefused(PermanentError):
    """The source refused to let this environment read: compare its READERS with our CREDENTIALS."""


class SourceAnswer(PermanentError):
    """The source answered something that is no feedsync answer: check the URL of the DataSource."""


class FileGone(SourceAnswer):
    """The source doesn't have this file any more: a newer change of the object will come."""


class UnsafeUrl(PermanentError):
    """The URL points to an address that this environment must not connect to."""


class IncompatibleModels(PermanentError):
    """The registrations of source and replica do not fit: see the verdict on the pull."""


class MalformedPage(PermanentError):
    """The message is no page of changes."""


class NewerWire(MalformedPage):
    """The page is of a newer wire version: upgrade feedsync here; the page waits."""
