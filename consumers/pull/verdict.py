"""Do both sides' registrations fit? An offer and the chosen feeds in, a verdict with a plain sentence each out.

Blocking: the data can't be applied. Lossy: it can, and something of it stays behind. Only blocking findings stop a
pull.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from consumers.pull import kinds
from consumers.pull.offer import Offer, OfferedFeed
from feedsync import fingerprints, registry
from feedsync.registry import Feed
from feedsync.wire.page import WIRE_VERSION

FieldInfo = Mapping[str, Any]


class Level(StrEnum):
    COMPATIBLE = "compatible"
    LOSSY = "lossy"
    BLOCKING = "blocking"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that differs; `feed` is empty for the whole contract, `field` for the whole feed."""

    level: Level
    text: str
    feed: str = ""
    field: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    findings: tuple[Finding, ...] = ()

    @property
    def level(self) -> Level:
        levels = {finding.level for finding in self.findings}
        return next((level for level in (Level.BLOCKING, Level.LOSSY) if level in levels), Level.COMPATIBLE)

    @property
    def blocking(self) -> list[str]:
        return [finding.text for finding in self.findings if finding.level is Level.BLOCKING]


def compare(offer: Offer, labels: Iterable[str]) -> Verdict:
    """`labels`: the feeds to pull, registered here and offered there."""
    found = list(_wire(offer))
    for label in labels:
        found += _feed(offer.feeds[label], registry.get(label))
    return Verdict(findings=tuple(found))


def _wire(offer: Offer) -> Iterator[Finding]:
    if offer.wire > WIRE_VERSION:
        text = f"{offer.environment} speaks wire version {offer.wire}, we understand {WIRE_VERSION}: upgrade feedsync."
        yield Finding(level=Level.BLOCKING, text=text)


def _feed(theirs: OfferedFeed, feed: Feed) -> Iterator[Finding]:
    ours = fingerprints.describe(feed)
    if list(theirs.natural_key) != ours["natural_key"]:
        text = (
            f"{feed.label}: the source recognises objects by {_names(theirs.natural_key)}, "
            f"here they are recognised by {_names(ours['natural_key'])}: register the same natural key."
        )
        yield Finding(level=Level.BLOCKING, feed=feed.label, text=text)
    known = {field["name"]: field for field in ours["fields"]}
    for name, field in theirs.fields.items():
        yield from _field(feed, field, known.get(name))
    for name in known.keys() - theirs.fields.keys():
        if known[name]["type"] == "content":
            text = f"{feed.label}: the source doesn't send {name}: name the field in file_fields there, too."
            yield Finding(level=Level.LOSSY, feed=feed.label, field=name, text=text)
        else:
            yield from _required(feed, name)


def _field(feed: Feed, theirs: FieldInfo, ours: FieldInfo | None) -> Iterator[Finding]:
    where = f"{feed.label}.{theirs['name']}"

    def finding(level: Level, text: str) -> Finding:
        return Finding(level=level, feed=feed.label, field=theirs["name"], text=f"{where}: {text}")

    if ours is None and theirs["type"] == "content":
        yield finding(Level.LOSSY, "its files stay at the source: name the field in file_fields here, too.")
        return
    if ours is None:
        yield finding(Level.LOSSY, "not registered here, so its values stay at the source.")
        return
    problem = kinds.mismatch(theirs, ours)
    if problem:
        yield finding(Level.BLOCKING, problem)
        return
    for text in kinds.losses(theirs, ours):
        yield finding(Level.LOSSY, text)


def _required(feed: Feed, name: str) -> Iterator[Finding]:
    """A registered field that the source doesn't send: new objects need a value for it."""
    field: Any = feed.model._meta.get_field(name)
    if field.many_to_many or field.null or field.has_default() or field.has_db_default() or field.empty_strings_allowed:
        return
    text = (
        f"{feed.label}.{name}: the source doesn't send it, and new objects can't be created without: give it a default."
    )
    yield Finding(level=Level.BLOCKING, feed=feed.label, field=name, text=text)


def _names(paths: Iterable[str]) -> str:
    return ", ".join(paths)
