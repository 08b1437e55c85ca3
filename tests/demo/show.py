"""What a person sees of the demo, on a terminal or in a file.

In: what happens; out: lines, and on a terminal a bar that moves. The last line of all is JSON, for programs.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from tests.demo.compare import Comparison


class Show:
    def __init__(self) -> None:
        self.console = Console(highlight=False, soft_wrap=True)
        self._started = time.monotonic()

    @property
    def seconds(self) -> float:
        return time.monotonic() - self._started

    def chapter(self, title: str) -> None:
        self.console.print(f"\n[bold]{title}[/bold]")

    def line(self, text: str) -> None:
        self.console.print(f"  {text}")

    def arrived(self, label: str, delay_seconds: float) -> None:
        self.console.print(f"  {label}  [green]{delay_seconds * 1000:,.0f} ms[/green]")

    @contextmanager
    def bar(self, title: str) -> Iterator[Bar]:
        columns = (
            SpinnerColumn(),
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
        )
        with Progress(*columns, console=self.console, transient=True, disable=not self.console.is_terminal) as progress:
            yield Bar(progress, title)

    def comparison(self, result: Comparison) -> None:
        for name, number in result.equal.items():
            self.line(f"{name:<14} {number:>9,} equal")
        if result.different:
            self.line(f"[red]{result.different:,} differ, among them:[/red]")
            for difference in result.differences:
                self.console.print(f"    {difference}", markup=False)
        else:
            self.line(f"[green]{result.objects:,} objects, compared one by one with plain SQL: no difference[/green]")

    def result(self, **figures: Any) -> None:
        print(json.dumps(figures), flush=True)


class Bar:
    """How far one thing is."""

    def __init__(self, progress: Progress, title: str) -> None:
        self._progress = progress
        self._task = progress.add_task(title, total=None)

    def at(self, done: float, total: float | None = None) -> None:
        self._progress.update(self._task, completed=done, total=total)
