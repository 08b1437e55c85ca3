"""Subscription filters."""

from __future__ import annotations

import pytest

from emulator.errors import InvalidArgument
from emulator.pubsub.filters import compile_filter

ORDER = {"kind": "order", "region": "eu-west", "empty": "", "with space": 'say "hi"', "2nd": "a\tb", "é": "\\"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", True),
        ("attributes:kind", True),
        ("attributes:missing", False),
        ('attributes.kind = "order"', True),
        ('attributes.kind="invoice"', False),
        ('attributes.kind != "invoice"', True),
        ('attributes.missing != "x"', True),
        ('hasPrefix(attributes.region, "eu-")', True),
        ('hasPrefix(attributes.region, "us-")', False),
        ('hasPrefix(attributes.missing, "")', False),
        ('hasPrefix(attributes.empty, "")', True),
        ("NOT attributes:kind", False),
        ("-attributes:missing", True),
        ('attributes:kind AND attributes.region = "eu-west"', True),
        ("attributes:kind AND attributes:missing", False),
        ("attributes:missing OR attributes:kind", True),
        ("attributes:missing OR attributes:lost", False),
        ("attributes:kind AND (attributes:missing OR NOT attributes:lost)", True),
        ('attributes:"with space"', True),
        ('attributes."with space" = "say \\"hi\\""', True),
        ("  attributes:kind  ", True),
        ('attributes.2nd = "a\\tb"', True),
        ('attributes.2nd = "a\\x09b"', True),
        ('attributes.2nd = "\\141\\11\\u0062"', True),
        ('attributes."\\u00e9" = "\\\\"', True),
        ("attributes:kind AND attributes:region AND attributes:empty", True),
        ("NOT attributes:missing AND attributes:kind", True),
        ("NOT (attributes:missing OR attributes:kind)", False),
        ('attributes:kind AND -hasPrefix(attributes.region, "us")', True),
        ("NOT NOT attributes:kind", True),
        ('attributes.region="EU-WEST"', False),
        ('hasPrefix(attributes."with space", "say")', True),
    ],
)
def test_a_filter_decides_by_attributes(text: str, expected: bool) -> None:
    """Each operator of the language means what the cloud's does."""
    assert compile_filter(text)(ORDER) is expected


@pytest.mark.parametrize(
    "text",
    [
        "kind",
        "attributes",
        "attributes:",
        "attributes.kind",
        "attributes.kind = order",
        'attributes.kind > "order"',
        "attributes:a AND attributes:b OR attributes:c",
        "attributes:a OR attributes:b AND attributes:c",
        "attributes:a and attributes:b",
        "attributes:a attributes:b",
        "not attributes:a",
        'HASPREFIX(attributes.a, "x")',
        'hasPrefix(attributes:a, "x")',
        'attributes.a.b = "x"',
        "attributes.a = 'x'",
        "()",
        "(attributes:a",
        "attributes:a)",
        "attributes:a AND",
        'hasPrefix(attributes.a "x")',
        "NOT",
        'attributes.a = "open',
        "attributes:" + "a" * 256,
    ],
)
def test_what_is_not_a_filter_is_refused(text: str) -> None:
    """A mistake is an error at creation, not a subscription that gets nothing."""
    with pytest.raises(InvalidArgument, match="Invalid filter"):
        compile_filter(text)
