"""A queue: its tasks, when they are due, what became of their attempts."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from emulator.console.html import Markup, join, table
from emulator.console.layout import age, button, facts, moment, page, section
from emulator.state import State
from emulator.tasks.queues import Queue

_SHOWN = 50


def queue(state: State, name: str, *, notice: str = "") -> Markup:
    """The page; NotFound if there is none."""
    found = state.queues.get(name)
    pause = button(f"{name}:resume", "Resume") if found.paused else button(f"{name}:pause", "Pause")
    figures = facts(
        [
            ("State", "paused" if found.paused else "running"),
            ("Tasks", len(found.tasks)),
            ("Under way", found.running),
            ("Attempts at most", found.rules.retry.max_attempts or "no limit"),
        ]
    )
    heads = ("Task", "Due", "Attempts", "Last answer", "")
    return page(
        name.rpartition("/")[2],
        [
            section("Figures", figures, join([pause, button(f"{name}:purge", "Purge")])),
            section(
                f"The first {_SHOWN} tasks", table(heads, _tasks(found, state.clock()), empty="Nothing waits here.")
            ),
        ],
        trail=f"Queue {name}",
        notice=notice,
    )


def _tasks(found: Queue, now: float) -> Iterator[tuple[object, ...]]:
    for task in islice(found.tasks.values(), _SHOWN):
        due = f"in {age(task.schedule_time - now)}" if task.schedule_time > now else moment(task.schedule_time)
        yield (
            task.name.rpartition("/")[2],
            due,
            task.dispatch_count,
            task.reason or "none",
            join([button(f"{task.name}:run", "Run now"), button(f"{task.name}:delete", "Delete")]),
        )
