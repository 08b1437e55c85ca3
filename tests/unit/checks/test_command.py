"""`manage.py check` speaks even where feedsync can't work."""

from __future__ import annotations

import subprocess
import sys

import pytest

PROJECT = """
from django.conf import settings
settings.configure(
    INSTALLED_APPS=["django.contrib.contenttypes", "feedsync", "consumers"],
    DATABASES={{"default": {{"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}}}},
    {setting}
)
import django
from django.core.management import call_command
django.setup()
call_command("check")
"""


@pytest.mark.parametrize("setting", ["", 'FEEDSYNC={"ENVIRONMENT": "", "RELAY": "thread"}'])
def test_project_with_a_wrong_setting(setting: str) -> None:
    """A missing or malformed FEEDSYNC is an error with its hint, not a traceback out of the start."""
    done = subprocess.run(
        [sys.executable, "-c", PROJECT.format(setting=setting)], capture_output=True, text=True, check=False, timeout=60
    )

    assert done.returncode == 1
    assert "SystemCheckError" in done.stderr
    assert "feedsync.E001" in done.stderr
