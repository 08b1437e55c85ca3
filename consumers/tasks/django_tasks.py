"""TASKS "django_tasks": pulls run wherever Django's task framework takes them (Django 6.0, or its backport).

A worker has no limit of time, so a pull is one task; one whose worker dies is taken over after its lease.
"""

from __future__ import annotations

from feedsync.errors import ConfigurationError, FeedsyncError, TransientError


def start(pull_id: int) -> None:
    from django.core.exceptions import ImproperlyConfigured

    try:
        from consumers.tasks.queued import run_pull

        run_pull.enqueue(pull_id)
    except FeedsyncError:
        raise
    except ImproperlyConfigured as error:
        raise ConfigurationError(f"Django's setting TASKS does not fit: {error}") from error
    except Exception as error:
        # A backend is somebody else's: whatever its queue raises, the person who waits has to see it.
        raise TransientError(f"The task queue could not be reached: {error}") from error
