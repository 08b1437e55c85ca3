"""What a source offers: the JSON of its contract in, a checked `Offer` out; raises SourceAnswer for anything else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from feedsync.errors import SourceAnswer


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferedFeed:
    """One feed of the source. `fields`: {name: {"type", "null", "max_length", "target", …}}."""

    label: str
    natural_key: tuple[str, ...]
    fields: Mapping[str, Mapping[str, Any]]
    fingerprint: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """The contract. `feeds` in the source's dependency order. `hears`: whom the source is subscribed to; `forwards`:
    whose changes it passes on (P7)."""

    environment: str
    incarnation: str
    wire: int
    topic: str | None
    feeds: Mapping[str, OfferedFeed]
    hears: list[str] = field(default_factory=list)
    forwards: bool | list[str] = False


def parse(contract: Any) -> Offer:
    try:
        feeds = [_feed(item) for item in contract["feeds"]]
        return Offer(
            environment=str(contract["environment"]),
            incarnation=str(contract["incarnation"]),
            wire=int(contract["wire"]),
            topic=contract.get("topic"),
            feeds={feed.label: feed for feed in feeds},
            hears=[str(name) for name in contract.get("hears") or ()],
            forwards=_forwards(contract.get("forwards")),
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise SourceAnswer("The source answered JSON that is no contract of feedsync: check its URL.") from error


def _forwards(value: Any) -> bool | list[str]:
    return [str(name) for name in value] if isinstance(value, list | tuple) else value is True


def _feed(item: Mapping[str, Any]) -> OfferedFeed:
    return OfferedFeed(
        label=str(item["feed"]),
        natural_key=tuple(map(str, item["natural_key"])),
        fields={str(field["name"]): dict(field) for field in item["fields"]},
        fingerprint=str(item["fingerprint"]),
    )
