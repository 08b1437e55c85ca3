"""How far a pull is: what `DataPull.progress` holds, as a value.

`Progress.load` reads the JSON of any earlier version, `dump` writes it. Counting and rates happen here; saving
elsewhere.
"""

from __future__ import annotations

import copy
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from consumers.apply import Outcome
from consumers.files.gathering import Gathered
from consumers.pull.messages import Chunk
from consumers.pull.verdict import Verdict

# What a tombstone, or an object that came a second time, may still do; that it does nothing is no object's fate.
CLOSING = ("created", "updated", "deleted", "parked", "dead")
COUNTS = ("created", "updated", "unchanged", "deleted", "parked", "dead", "superseded", "ignored", "drifted")


@dataclass(slots=True)
class Progress:
    """`only`: the feeds that were asked for, empty for all; `lenient`: those of them that the source offers, if any.
    `prints`: {feed: both sides' fingerprints}."""

    cursor: str = ""
    incarnation: str = ""
    feeds: dict[str, dict[str, int]] = field(default_factory=dict)  # {label: {"total", "seen"}}
    counts: dict[str, int] = field(default_factory=lambda: dict.fromkeys(COUNTS, 0))
    bytes: int = 0
    seconds: float = 0.0
    verdict: dict[str, Any] = field(default_factory=dict)
    only: list[str] = field(default_factory=list)
    lenient: bool = False
    prints: dict[str, str] = field(default_factory=dict)
    registered: list[str] = field(default_factory=list)  # labels of the feeds here, at the handshake
    clock: int = 0
    subscription: str = ""  # why there is none
    files: dict[str, int] = field(default_factory=dict)  # {"stored", "fetched", "bytes", "failed"}
    changed: dict[str, dict[str, int]] = field(default_factory=dict)  # {label: {"created", "updated", "deleted"}}
    report: dict[str, int] = field(default_factory=dict)  # {"bytes", "kept", "left_out"}
    plan: dict[str, dict[str, int]] = field(default_factory=dict)  # of a mirror, once its stream was complete
    allowed: bool = False  # whoever asked for the mirror allowed any number of removals
    kept: int = 0  # objects that a mirror could not remove

    @classmethod
    def load(cls, stored: Mapping[str, Any]) -> Progress:
        plain = {item.name for item in fields(cls)} - {"counts"}
        values = {name: stored[name] for name in plain if name in stored}
        return cls(**values, counts={name: int(stored.get(name, 0)) for name in COUNTS})

    def dump(self) -> dict[str, Any]:
        return {
            "cursor": self.cursor,
            "incarnation": self.incarnation,
            "feeds": self.feeds,
            **self.counts,
            "bytes": self.bytes,
            "seconds": round(self.seconds, 3),
            "rate": round(self.rate, 1),
            "verdict": self.verdict,
            "only": self.only,
            "lenient": self.lenient,
            "prints": self.prints,
            "registered": self.registered,
            "clock": self.clock,
            "subscription": self.subscription,
            "files": self.files,
            "changed": self.changed,
            "report": self.report,
            "plan": self.plan,
            "allowed": self.allowed,
            "kept": self.kept,
        }

    @property
    def seen(self) -> int:
        return sum(feed["seen"] for feed in self.feeds.values())

    @property
    def total(self) -> int:
        return sum(max(feed["total"], feed["seen"]) for feed in self.feeds.values())

    @property
    def rate(self) -> float:
        """Objects a second, over the whole pull."""
        return self.seen / self.seconds if self.seconds else 0.0

    def copy(self) -> Progress:
        return Progress.load(copy.deepcopy(self.dump()))

    def carry(self, other: Progress) -> None:
        """Take over what another one has counted, not its position."""
        self.counts, self.changed, self.report = other.counts, other.changed, other.report

    def restart(self) -> None:
        """From the first row again; the counts of what was done stay."""
        self.cursor = ""
        self.feeds = {}
        self.clock = 0
        self.plan = {}

    def expect(self, totals: Mapping[str, int]) -> None:
        """What the source says that there is."""
        for label, total in totals.items():
            self.feeds[label] = {"seen": self.feeds.get(label, {}).get("seen", 0), "total": total}

    def advance(self, chunk: Chunk) -> None:
        """The chunk is about to be committed: the position behind it."""
        self.cursor = chunk.cursor
        self.bytes += chunk.size
        if chunk.closing:
            return
        for label, count in Counter(change.feed for change in chunk.changes if not change.deleted).items():
            if label in self.feeds:
                self.feeds[label]["seen"] += count

    def count(self, outcome: Outcome, *, closing: bool = False) -> None:
        """`closing`: of a chunk of the stream's second part."""
        for name in CLOSING if closing else COUNTS:
            self.counts[name] += getattr(outcome, name)
        for plan in outcome.written:
            self.count_changed(plan.change.feed, "created" if plan.creates else "updated")
        for change in outcome.gone:
            self.count_changed(change.feed, "deleted")

    def count_changed(self, label: str, kind: str, number: int = 1) -> None:
        counts = self.changed.setdefault(label, {"created": 0, "updated": 0, "deleted": 0})
        counts[kind] += number

    def count_files(self, gathered: Gathered) -> None:
        """`stored` are new here; of these some had to be fetched, the others were here under another name."""
        numbers = {
            "stored": gathered.stored,
            "fetched": gathered.fetched,
            "bytes": gathered.received,
            "failed": len(gathered.failures),
        }
        if any(numbers.values()):
            self.files = {name: self.files.get(name, 0) + number for name, number in numbers.items()}

    def judge(self, verdict: Verdict) -> None:
        findings = [
            {"level": item.level, "feed": item.feed, "field": item.field, "text": item.text}
            for item in verdict.findings
        ]
        self.verdict = {"level": verdict.level, "findings": findings}
