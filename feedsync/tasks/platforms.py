"""Which of Google's platforms this process runs on, told by the variables that each of them sets."""

from __future__ import annotations

import os
from enum import StrEnum


class Platform(StrEnum):
    APP_ENGINE = "App Engine"
    CLOUD_RUN = "Cloud Run"
    OTHER = "other"


def current() -> Platform:
    if os.environ.get("GAE_ENV") or os.environ.get("GAE_INSTANCE") or os.environ.get("GAE_APPLICATION"):
        return Platform.APP_ENGINE
    if os.environ.get("K_SERVICE") or os.environ.get("CLOUD_RUN_JOB"):
        return Platform.CLOUD_RUN
    return Platform.OTHER
