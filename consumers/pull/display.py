"""Progress of a pull in a terminal: `Progress` values in, a bar with rate out; plain lines where it is no terminal."""

from __future__ import annotations

import time
from typing import Any, Self, TextIO, cast

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bar

from consumers.pull.progress import Progress

LINE_SECONDS = 5.0


class Display:
    """`show` as often as you like; a line every five seconds, and one for the last state, where there is no bar."""

    def __init__(self, out: Any, *, title: str) -> None:
        # Django's wrapper ends every write with a newline, which would tear the bar apart.
        self._console = Console(file=cast(TextIO, getattr(out, "_out", out)))
        left = (TextColumn("[bold]{task.description}"), TextColumn("{task.fields[feed]}"))
        right = (MofNCompleteColumn(), TextColumn("{task.fields[rate]}"), TimeRemainingColumn())
        self._bar = Bar(*left, BarColumn(), *right, console=self._console)
        self._task = self._bar.add_task(title, total=None, feed="", rate="")
        self._printed = 0.0

    def __enter__(self) -> Self:
        if self._console.is_terminal:
            self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._console.is_terminal:
            self._bar.stop()

    def show(self, progress: Progress) -> None:
        feed = next((label for label, count in progress.feeds.items() if count["seen"] < count["total"]), "")
        rate = f"{progress.rate:,.0f}/s"
        self._bar.update(self._task, completed=progress.seen, total=progress.total, feed=feed, rate=rate)
        if not self._console.is_terminal and time.monotonic() - self._printed > LINE_SECONDS:
            self._printed = time.monotonic()
            self._console.print(f"{progress.seen:,} of {progress.total:,} objects, {rate}, {feed}", highlight=False)
