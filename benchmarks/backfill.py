"""Filling an empty environment, and pulling again when nothing changed.

feedsync's pull is two real processes, the source's web server and the replica's command, over HTTP, each with its own
database. Beside it: dumpdata with loaddata, on fewer rows, and the staged merge of `merging`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks import merging, processes
from benchmarks.measurement import Measurement, Options, each, middle
from benchmarks.stage import Broken, Stage
from benchmarks.worker import Worker

FIXTURE_ROWS = 4_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """Seconds of one round, and bytes on the wire."""

    first: float
    again: float
    merge: float
    copy_out: float
    first_bytes: int
    again_bytes: int


def measure(stage: Stage, options: Options) -> Iterator[Measurement]:
    rows, fixture_rows = options.size(options.rows), options.size(FIXTURE_ROWS)
    rounds = [_round(stage, rows) for _ in range(options.rounds)]
    fixtures = fixture_rows / _fixtures(stage, fixture_rows)
    yield _compare(
        "backfill / (dumpdata + loaddata)",
        [(rows / one.first, fixtures) for one in rounds],
        target=20,
        note=f"{rows:,} rows with tags; the fixtures {fixture_rows:,}, their rate taken as constant",
    )
    out = middle([one.copy_out for one in rounds])
    yield _compare(
        "backfill / staged COPY merge",
        [(rows / one.first, rows / one.merge) for one in rounds],
        target=0.25,
        note=f"COPY in and merge alone, without its COPY out ({out:.1f} s more)",
    )
    yield _compare(
        "second pull, nothing changed / first",
        [(rows / one.again, rows / one.first) for one in rounds],
        target=3,
        note=f"{_mebibytes(rounds[0].again_bytes)} on the wire, the first time {_mebibytes(rounds[0].first_bytes)}",
    )


def _compare(name: str, rates: Sequence[tuple[float, float]], *, target: float, note: str) -> Measurement:
    """Rows a second, ours and the other's, of each round."""
    ratios = [ours / other for ours, other in rates]
    return Measurement(
        name=name,
        value=middle(ratios),
        target=target,
        at_least=True,
        ours=f"{middle([ours for ours, _ in rates]):,.0f} rows/s",
        beside=f"{middle([other for _, other in rates]):,.0f} rows/s",
        note=note,
        rounds=each(ratios),
    )


def _round(stage: Stage, rows: int) -> Round:
    source, replica = stage.site("source", "feedsync", rows=rows), stage.site("replica", "feedsync")
    sent = stage.directory / "sent"
    sent.unlink(missing_ok=True)
    with processes.server(source, BENCH_SENT=str(sent)) as (_, url), Worker(replica) as puller:
        puller.call("pulling.know", url=url)
        first, again = puller.call("pulling.pull"), puller.call("pulling.pull")
    _check(first["progress"]["created"] >= rows and again["progress"]["unchanged"] >= rows, first, again)
    plain, empty = stage.site("source", "plain", rows=rows), stage.site("replica", "plain")
    copy_out, merge = merging.transfer(plain, empty)
    links = "SELECT count(*) FROM content_copy_tags"
    _check(replica.value(links) == empty.value(links) == plain.value(links), "tags")
    sizes = [int(line) for line in sent.read_text().split()]
    streams = sorted(sizes, reverse=True)[:2]  # the contract is no stream, but it may become one
    return Round(
        first=first["seconds"],
        again=again["seconds"],
        merge=merge,
        copy_out=copy_out,
        first_bytes=streams[0],
        again_bytes=streams[1],
    )


def _fixtures(stage: Stage, rows: int) -> float:
    """Seconds of dumpdata and loaddata."""
    source, replica = stage.site("source", "plain", rows=rows), stage.site("replica", "plain")
    path = str(Path(stage.directory) / "fixture.json")
    with Worker(source) as dumper:
        dumped = dumper.call("fixtures.dump", path=path)
    with Worker(replica) as loader:
        loaded = loader.call("fixtures.load", path=path)
    copies = replica.value("SELECT count(*) FROM content_copy")
    _check(copies == rows, copies)
    return float(dumped + loaded)


def _check(right: bool, *seen: object) -> None:
    if not right:
        raise Broken(f"The result is wrong: {seen}")


def _mebibytes(size: int) -> str:
    return f"{size / 1024 / 1024:.1f} MiB"
