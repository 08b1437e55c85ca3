"""loaddata is captured like any other write."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from django.core.management import call_command

from tests.db.capture.marks import registered, take
from tests.library.models import Book

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("capture")]


def test_loaddata_marks_rows_sets_and_children(tmp_path: Path) -> None:
    """It writes raw, without the model's own save()."""
    objects = [
        ("library.country", 1, {"code": "GB", "name": "Britain"}),
        ("library.language", 2, {"country": 1, "code": "en"}),
        ("library.tag", 3, {"slug": "a"}),
        ("library.copy", 4, {"language": 2, "key": "k", "tags": [3], "updated": "2026-01-01T00:00:00Z"}),
        ("library.publication", 5, {"code": "b"}),
        ("library.book", 5, {"pages": 7}),
    ]
    fixture = tmp_path / "rows.json"
    fixture.write_text(json.dumps([{"model": model, "pk": pk, "fields": fields} for model, pk, fields in objects]))
    with registered(Book, "code"):
        call_command("loaddata", str(fixture), verbosity=0)
    marked = {"book": "5", "copy": "4", "country": "1", "language": "2", "tag": "3"}
    assert take() == [(name, pk, None) for name, pk in marked.items()]
