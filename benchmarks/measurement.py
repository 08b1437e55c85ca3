"""What a benchmark gives: a ratio of two figures from the same run, and the ratio that feedsync aims at."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from statistics import median
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from benchmarks.stage import Stage


@dataclass(frozen=True, slots=True, kw_only=True)
class Measurement:
    """`value` is mostly a ratio, sometimes a time; `at_least`: whether more is better. `rounds`: each round's value."""

    name: str
    value: float
    target: float
    at_least: bool
    unit: str = "x"
    ours: str = ""
    beside: str = ""
    note: str = ""
    rounds: Sequence[float] = field(default_factory=tuple)

    @property
    def reached(self) -> bool:
        return self.value >= self.target if self.at_least else self.value <= self.target

    def dump(self) -> dict[str, Any]:
        return {**asdict(self), "reached": self.reached}


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """`rows`: texts of a backfill. `quick`: a tenth of everything, to see that it works. `full`: a million rows too."""

    rows: int = 100_000
    quick: bool = False
    full: bool = False

    def size(self, usual: int) -> int:
        return max(1, usual // 10) if self.quick else usual

    @property
    def rounds(self) -> int:
        return 1 if self.quick else 3


Benchmark = Callable[["Stage", Options], Iterator[Measurement]]


def middle(values: Sequence[float]) -> float:
    return float(median(values))


def each(values: Sequence[float]) -> tuple[float, ...]:
    return tuple(round(value, 3) for value in values)
