"""The task as Django's task framework knows it: imported by who enqueues it, and by the worker, which finds it here."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec

from feedsync.errors import ConfigurationError

MISSING = (
    "FEEDSYNC['TASKS'] = \"django_tasks\" needs Django 6.0, or on Django 5.2 the package django-tasks "
    "(pip install 'feedsync[tasks]')."
)


def framework() -> str:
    """The module's name; empty where there is none."""
    return next((name for name in ("django.tasks", "django_tasks") if find_spec(name)), "")


if not framework():
    raise ConfigurationError(MISSING)


@import_module(framework()).task()  # type: ignore[untyped-decorator]  # of either package
def run_pull(pull_id: int) -> str:
    """A primary key is all that a queue has to keep. Answers the pull's status."""
    from consumers.pull import run

    return str(run.run(pull_id) or "somebody else runs it")
