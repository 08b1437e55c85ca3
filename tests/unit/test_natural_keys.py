"""Natural keys: one canonical text for each key, and another one for every other key (R22)."""

from __future__ import annotations

import itertools
import unicodedata
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedsync import natural_keys

part = (
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.text()
    | st.floats(allow_nan=False, allow_infinity=False)
)
keys = st.lists(part, min_size=1, max_size=5)


def typed(key: list[Any]) -> list[Any]:
    return [(type(value), repr(value)) for value in key]


@pytest.mark.parametrize(
    ("key", "text"),
    [
        (["GB", "en", "title"], '["GB","en","title"]'),
        (["é", "日本", 'q"\\'], '["é","日本","q\\"\\\\"]'),
        ([None, 1, True, 1.5, ""], '[null,1,true,1.5,""]'),
        (["a\nb\x00"], '["a\\nb\\u0000"]'),
        ([2**70], "[1180591620717411303424]"),
    ],
)
def test_r22_text_is_canonical(key: list[Any], text: str) -> None:
    """The spelling is fixed: it is what the ledger of every environment has."""
    assert natural_keys.text(key) == text


def test_r22_digest_is_fixed() -> None:
    """So is the hash that stands for it in indexes."""
    assert natural_keys.digest('["GB","en","title"]') == "57bf9a90652fcd05f9c30af306ae7a02"


def test_r22_types_are_told_apart() -> None:
    """A number is not the text that looks like it, nor is NULL the word or the empty text."""
    texts = [natural_keys.text([value]) for value in (1, "1", 1.0, True, "true", None, "null", "", 0, False)]

    assert all(one != other for one, other in itertools.combinations(texts, 2))


def test_r22_zero_has_two_texts() -> None:
    """Equal in Python, and not the same bytes: what is remembered of one must not answer for the other."""
    assert natural_keys.text([0.0]) == "[0.0]"
    assert natural_keys.text([-0.0]) == "[-0.0]"


def test_r22_unicode_is_compared_bytewise() -> None:
    """Composed and decomposed letters are different keys, as different bytes are."""
    composed, decomposed = (unicodedata.normalize(form, "é") for form in ("NFC", "NFD"))

    assert natural_keys.text([composed]) != natural_keys.text([decomposed])


@given(keys)
def test_text_reads_back(key: list[Any]) -> None:
    """Parsing gives every value and type back."""
    assert typed(natural_keys.parse(natural_keys.text(key))) == typed(key)


@given(keys, keys)
def test_different_keys_have_different_texts(one: list[Any], other: list[Any]) -> None:
    """Two keys share a text, and a hash, only if they are the same."""
    same = typed(one) == typed(other)

    assert (natural_keys.text(one) == natural_keys.text(other)) is same
    assert (natural_keys.digest(natural_keys.text(one)) == natural_keys.digest(natural_keys.text(other))) is same


@pytest.mark.parametrize("text", ['"GB"', '{"code":"GB"}', "GB", "", "null"])
def test_text_that_is_no_key(text: str) -> None:
    """Anything but a JSON list is refused."""
    with pytest.raises(ValueError, match=r".*"):
        natural_keys.parse(text)
