"""What is to be done with a message: its bytes in, a verdict out. Nothing is written here.

A page of this environment's own changes came back in a circle and is passed by, but for deletions that it tells of. A
page of another sender than the source is poison: who may write to a topic must not thereby speak for every environment.
A source that forwards (P7) has said so; what it passes on without is held until it was asked again.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from django.db import router

from consumers.models import ParkedChange
from consumers.receiving.delivery import Delivery
from feedsync import registry
from feedsync.conf import settings
from feedsync.errors import MalformedPage, NewerWire
from feedsync.models import DeadChange
from feedsync.wire.page import Change, Incoming, decode_page


@dataclass(frozen=True, slots=True, kw_only=True)
class Apply:
    """Changes for the database `alias`."""

    delivery: Delivery
    alias: str
    changes: tuple[Change, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pass:
    """Nothing to do: our own page, or `ignored` changes of a feed that isn't registered here."""

    delivery: Delivery
    ignored: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Poison:
    """No page, or one that we refuse: to be stored in `alias` for a person."""

    delivery: Delivery
    alias: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """A page to be stored in `alias`: of a newer wire version, until feedsync is upgraded; or passed on by a source
    that hasn't said that it does, until it was asked again."""

    delivery: Delivery
    alias: str
    reason: str
    kind: str = ParkedChange.Reason.WIRE


Verdict = Apply | Pass | Poison | Hold


def judge(delivery: Delivery) -> Verdict:
    try:
        page = decode_page(delivery.data)
    except NewerWire as error:
        return Hold(delivery=delivery, alias=alias_of(delivery), reason=str(error))
    except MalformedPage as error:
        return Poison(delivery=delivery, alias=alias_of(delivery), reason=str(error))
    own = page.origin == settings().environment
    changes = tuple(_deletions(page)) if own else page.changes
    stranger = _stranger(page, delivery)
    if own and (stranger is not None or not changes):
        return Pass(delivery=delivery)
    if stranger is not None:
        return stranger
    feed = registry.find(page.feed)
    if feed is None:
        return Pass(delivery=delivery, ignored=len(changes))
    return Apply(delivery=delivery, alias=feed.alias, changes=changes)


def _deletions(page: Incoming) -> Iterator[Change]:
    """What is new in our own changes where they come back: that somebody had deleted the object before."""
    for change in page.changes:
        if change.buried:
            yield replace(change, version=change.buried, fields=None, buried=0)


def _stranger(page: Incoming, delivery: Delivery) -> Poison | Hold | None:
    """The verdict on a page that its source may not send."""
    source, alias = delivery.source, alias_of(delivery)
    sender = page.sender or page.origin
    if sender != source.name:
        reason = f"A page of {sender} came through the subscription of {source.name}: refused."
        return Poison(delivery=delivery, alias=alias, reason=reason)
    if source.may_send(page.origin):
        return None
    reason = f"{source.name} passes on what {page.origin} changed, and hasn't said that it does."
    return Hold(delivery=delivery, alias=alias, reason=reason, kind=ParkedChange.Reason.FORWARDED)


def alias_of(delivery: Delivery) -> str:
    """Where a message that can't be read is kept: by its attribute `feed`, else where dead changes go by default."""
    feed = registry.find(delivery.attributes.get("feed", ""))
    return router.db_for_write(DeadChange) if feed is None else feed.alias
