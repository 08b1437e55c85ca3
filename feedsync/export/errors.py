"""What is wrong with an export request, with the HTTP status that says so."""

from __future__ import annotations

from feedsync.errors import PermanentError


class RequestError(PermanentError):
    """The request can't be answered as it is."""

    status = 400


class NotVisible(RequestError):
    """This feed is not open to this reader."""

    status = 403


class UnknownFeed(RequestError):
    """This feed is not registered here."""

    status = 404


class StaleCursor(RequestError):
    """The cursor is from another life of this database: start again without one."""

    status = 409
