"""More databases than the settings name: copies of one that is migrated, made once a process, when a test asks.

Django migrates each database of the settings for every run; these cost a copied file, or a template of PostgreSQL's.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.db import connections

TEMPLATE = "other"
MORE = ("third", "fourth")

_copied: dict[str, dict[str, Any]] = {}  # {alias: settings}


@contextmanager
def opened(*aliases: str) -> Iterator[None]:
    """These aliases are there inside; what else looks at all databases finds them only here."""
    for alias in aliases:
        if alias not in _copied:
            _copied[alias] = _copy(alias)
        connections.settings[alias] = _copied[alias]
    try:
        yield
    finally:
        for alias in aliases:
            connections[alias].close()
            del connections[alias]
            del connections.settings[alias]


def _copy(alias: str) -> dict[str, Any]:
    template = connections[TEMPLATE]
    given = template.settings_dict
    name = f"{given['NAME']}_{alias}"
    template.close()
    if template.vendor == "sqlite":
        for suffix in ("", "-wal"):
            if Path(f"{given['NAME']}{suffix}").exists():
                shutil.copyfile(f"{given['NAME']}{suffix}", f"{name}{suffix}")
    else:
        quote = template.ops.quote_name
        with template._nodb_cursor() as cursor:
            cursor.execute(f"DROP DATABASE IF EXISTS {quote(name)}")
            cursor.execute(f"CREATE DATABASE {quote(name)} TEMPLATE {quote(given['NAME'])}")
    return {**given, "NAME": name}
