"""TASKS "inline": pulls run in the request or command that starts them."""

from __future__ import annotations


def start(pull_id: int) -> None:
    from consumers.pull import run

    run.run(pull_id)
