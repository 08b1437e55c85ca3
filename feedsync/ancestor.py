"""Settings of django-data-sync, this package's ancestor: a key of FEEDSYNC in, what `DATA_SYNC_…` says of it out.

They count where FEEDSYNC is silent, since they mean the same; a system check names the new ones.
"""

from __future__ import annotations

import os
from typing import Any

from django.conf import settings as django_settings

PREFIX = "DATA_SYNC_"
KEYS = (
    "SERVICE_ACCOUNT_EMAIL",
    "FORCE_SYNC",
    "CLOUD_TASKS_QUEUE_ID",
    "CLOUD_TASKS_LOCATION",
    "GOOGLE_CLOUD_PROJECT",
    "GAE_VERSION",
    "GAE_SERVICE",
)
# The ancestor read this one from the environment, too.
FROM_ENVIRONMENT = "SERVICE_ACCOUNT_EMAIL"


def has(key: str) -> bool:
    return key in KEYS and (hasattr(django_settings, PREFIX + key) or _in_environment(key))


def value(key: str) -> Any:
    name = PREFIX + key
    return getattr(django_settings, name) if hasattr(django_settings, name) else os.environ[name]


def present() -> dict[str, str]:
    """{old name: key of FEEDSYNC that it is now, empty where it is none} of all that are set."""
    names = {name for name in dir(django_settings) if name.startswith(PREFIX)}
    names |= {PREFIX + key for key in KEYS if _in_environment(key)}
    return {name: key if (key := name.removeprefix(PREFIX)) in KEYS else "" for name in sorted(names)}


def _in_environment(key: str) -> bool:
    return key == FROM_ENVIRONMENT and PREFIX + key in os.environ
