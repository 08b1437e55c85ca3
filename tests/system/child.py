"""Settings of a child process that works on the databases of the test that started it.

FEEDSYNC_TEST_CONNECTIONS: {alias: {setting: value}} as JSON; FEEDSYNC_TEST_SETTINGS: what to change in FEEDSYNC.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

from tests.settings import *  # noqa: F403  # settings are inherited so in Django
from tests.settings import DATABASES, DIRECTORY, FEEDSYNC

for _alias, _values in json.loads(os.environ["FEEDSYNC_TEST_CONNECTIONS"]).items():
    DATABASES[_alias] |= _values
MEDIA_ROOT = Path(os.environ.get("FEEDSYNC_TEST_MEDIA", DIRECTORY / "media"))
FEEDSYNC |= json.loads(os.environ.get("FEEDSYNC_TEST_SETTINGS", "{}"))
