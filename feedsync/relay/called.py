"""RELAY "cloud_tasks": what a relay task does when it is called.

Drains for as long as a task may last; what is left then is for the next one. Errors lose nothing: the marks stay, and
Cloud Tasks calls again.
"""

from __future__ import annotations

import logging

from feedsync.conf import settings
from feedsync.errors import FeedsyncError
from feedsync.relay import waking
from feedsync.relay.loop import Loop, databases
from feedsync.relay.service import Service
from feedsync.transport import pubsub

logger = logging.getLogger("feedsync.relay")


def relay() -> bool:
    """Whether the task's work is done: nothing is left, or the next task has it."""
    aliases = databases()
    loop = Loop(aliases, pubsub.configured)
    if Service(loop, aliases).drain(settings().task_seconds):
        return True
    if loop.failing:
        return False
    try:
        waking.ask()
    except FeedsyncError as error:
        logger.warning("the next relay task could not be asked for: %s", error)
        return False
    return True
