"""Every check has an id, an entry in the documentation, and reaches `manage.py check`."""

from __future__ import annotations

import re
from pathlib import Path

from django.core import checks

from feedsync.checks.catalogue import Id, message
from feedsync.checks.databases import SQLITE_OPTIONS
from tests.library.models import Country

PAGE = (Path(__file__).parents[3] / "docs" / "checks.md").read_text()


def test_every_id_has_an_entry() -> None:
    """docs/checks.md has each id once, and no other."""
    entries = re.findall(r"^### (feedsync\.[EW]\d{3})$", PAGE, re.MULTILINE)

    assert entries == sorted(Id)


def test_page_shows_the_options_that_the_hint_has() -> None:
    """What one pastes is the same in both places."""
    assert SQLITE_OPTIONS.removeprefix('"OPTIONS": ') in PAGE


def test_letter_decides_on_severity() -> None:
    """E stops manage.py, W doesn't; the hint ends with where to read on."""
    error = message(Id.SETTING, "wrong", hint="Right it.")
    warning = message(Id.NOT_UNIQUE, "library.country: odd", hint="Look.", about=Country)

    assert error.is_serious()
    assert not warning.is_serious()
    assert error.hint == "Right it. (docs/checks.md#feedsynce001)"
    assert warning.msg == "odd"


def test_checks_are_registered_once() -> None:
    """`manage.py check` runs both apps' checks, each once."""
    found = checks.run_checks(tags=["feedsync"], databases=[])

    assert [each.id for each in found] == ["feedsync.W001"]
