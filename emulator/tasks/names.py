"""Names of locations, queues and tasks: `projects/<p>/locations/<l>/queues/<q>/tasks/<t>`.

A name goes in, the same name comes out, or InvalidArgument with the rule that it breaks.
"""

from __future__ import annotations

import re

from emulator.errors import InvalidArgument

_PROJECT, _LOCATION = r"[A-Za-z0-9\-:.]+", r"[A-Za-z0-9\-]+"
_PARENT = re.compile(rf"projects/{_PROJECT}/locations/{_LOCATION}")
_QUEUE = re.compile(rf"{_PARENT.pattern}/queues/[A-Za-z0-9\-]{{1,100}}")
_TASK = re.compile(rf"{_QUEUE.pattern}/tasks/[A-Za-z0-9\-_]{{1,500}}")


def check_location(name: str) -> str:
    """The name of a location."""
    if _PARENT.fullmatch(name) is None:
        raise InvalidArgument(f"Invalid name {name!r}: expected projects/<project>/locations/<location>.")
    return name


def check_queue(name: str) -> str:
    """The name of a queue."""
    if _QUEUE.fullmatch(name) is None:
        raise InvalidArgument(
            f"Invalid name {name!r}: expected projects/<project>/locations/<location>/queues/<queue>; the queue's id"
            " may have 100 characters: letters, digits and hyphens."
        )
    return name


def check_task(name: str) -> str:
    """The name of a task."""
    if _TASK.fullmatch(name) is None:
        raise InvalidArgument(
            f"Invalid name {name!r}: expected <queue>/tasks/<task>; the task's id may have 500 characters: letters,"
            " digits, hyphens and underscores."
        )
    return name


def queue_of(task: str) -> str:
    """The name of the queue that a task is in."""
    return check_task(task).rpartition("/tasks/")[0]


def id_of(name: str) -> str:
    """The last part of a name."""
    return name.rpartition("/")[2]
