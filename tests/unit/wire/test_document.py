"""docs/wire-format.md says what the code does."""

from __future__ import annotations

import json as standard_json
import re
from pathlib import Path
from typing import Any

import pytest
import zstandard
from django.contrib.postgres import fields as postgres
from django.db import models

from feedsync.wire import page
from feedsync.wire.values import codec_of

TEXT = (Path(__file__).parents[3] / "docs" / "wire-format.md").read_text()
(EXAMPLE,) = re.findall(r"```json\n(.*?)```", TEXT, re.DOTALL)
ROWS = {
    name: re.findall(r"`([^`]+)`", examples)
    for names, examples in re.findall(r"^\| (`[A-Z][^|]+|ranges) \|[^|]+\| ([^|]+) \|$", TEXT, re.MULTILINE)
    for name in re.findall(r"\w+", names)
}


def test_example_is_a_page() -> None:
    """The page in the text is read as it is."""
    found = page.decode_page(zstandard.ZstdCompressor().compress(EXAMPLE.encode()))

    assert (found.feed, found.origin) == ("library.copy", "studio")
    assert [change.deleted for change in found.changes] == [False, False, True]
    assert found.changes[1].former == ('["GB","en","nmae"]',)


def test_numbers_in_the_text() -> None:
    """Limits that the text names are those of the code."""
    assert f"up to {page.MAX_CHANGES} of them or {page.MAX_BYTES // 1024} KiB" in TEXT
    assert f"{page.MAX_CHANGE_BYTES / 1e6} MB" in TEXT
    assert f"{page.MAX_DECODED_BYTES // 1024 // 1024} MiB" in TEXT
    assert f"# The wire format, version {page.WIRE_VERSION}\n" in TEXT


@pytest.mark.parametrize(
    ("name", "field"),
    [
        ("FloatField", models.FloatField()),
        ("DecimalField", models.DecimalField()),
        ("DateTimeField", models.DateTimeField()),
        ("DurationField", models.DurationField()),
        ("BinaryField", models.BinaryField()),
        ("UUIDField", models.UUIDField()),
        ("JSONField", models.JSONField()),
        ("ArrayField", postgres.ArrayField(postgres.ArrayField(models.DecimalField()))),
        ("HStoreField", postgres.HStoreField()),
        ("ranges", postgres.IntegerRangeField()),
    ],
)
def test_examples_of_values(name: str, field: models.Field[Any, Any]) -> None:
    """Each example reads, and is written again as the text has it."""
    codec = codec_of(field)
    for example in map(standard_json.loads, ROWS[name]):
        value = codec.decode(example) if codec.decode else example
        assert (codec.encode(value) if codec.encode else value) == example
