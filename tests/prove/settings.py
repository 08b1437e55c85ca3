"""The project of the tests with its databases in memory."""

from __future__ import annotations

from tests.settings import *  # noqa: F403  # settings are inherited so in Django

DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}}
