"""Registrations of both sides compared: what blocks, what is lost, in sentences that name the field."""

from __future__ import annotations

from typing import Any

import pytest

from consumers.pull import offer as offers
from consumers.pull import verdict
from consumers.pull.verdict import Level, Verdict
from feedsync import fingerprints, registry
from feedsync.errors import SourceAnswer


def contract(label: str = "library.copy", wire: int = 1, **changes: Any) -> dict[str, Any]:
    """A source with our own registration, but for some changes."""
    feed = {**fingerprints.describe(registry.get(label)), "fingerprint": "f", **changes}
    return {"environment": "studio", "incarnation": "i", "wire": wire, "topic": None, "feeds": [feed]}


def judged(contract: dict[str, Any]) -> Verdict:
    offer = offers.parse(contract)
    return verdict.compare(offer, list(offer.feeds))


def with_field(name: str, label: str = "library.copy", **changes: Any) -> Verdict:
    """One field of the source described otherwise."""
    fields = fingerprints.describe(registry.get(label))["fields"]
    return judged(
        contract(label, fields=[{**field, **changes} if field["name"] == name else field for field in fields])
    )


@pytest.mark.parametrize("feed", [feed.label for feed in registry.feeds()])
def test_equal_registrations_are_compatible(feed: str) -> None:
    """No finding at all."""
    assert judged(contract(feed)) == Verdict()
    assert judged(contract(feed)).level is Level.COMPATIBLE


def test_other_natural_key_blocks() -> None:
    """Objects could not be recognised."""
    found = judged(contract(natural_key=["key"]))
    assert found.level is Level.BLOCKING
    assert "by key, here they are recognised by language.country.code" in found.blocking[0]


def test_newer_wire_blocks() -> None:
    """What it means isn't known here."""
    assert "upgrade feedsync" in judged(contract(wire=2)).blocking[0]


@pytest.mark.parametrize(
    ("name", "change", "words"),
    [
        ("value", {"type": "IntegerField"}, "IntegerField at the source and TextField here"),
        ("language", {"type": "CharField"}, "a reference here"),
        ("tags", {"type": "TextField"}, "a many-to-many relation here"),
        ("language", {"target": "library.country"}, "refers to library.country at the source"),
    ],
)
def test_values_of_another_kind_block(name: str, change: dict[str, Any], words: str) -> None:
    """The sentence names feed and field."""
    (sentence,) = with_field(name, **change).blocking
    assert sentence.startswith(f"library.copy.{name}: ")
    assert words in sentence


@pytest.mark.parametrize(
    ("label", "name", "change", "words"),
    [
        ("library.copy", "key", {"max_length": 500}, "up to 100 characters here, up to 500 at the source"),
        ("library.copy", "key", {"type": "TextField", "max_length": None}, "any number of at the source"),
        ("library.copy", "value", {"null": True}, "may be empty"),
        ("library.everyfield", "integer", {"type": "BigIntegerField"}, "smaller numbers"),
        ("library.everyfield", "positive_integer", {"type": "IntegerField"}, "no negative numbers"),
        ("library.everyfield", "decimal", {"decimal_places": 8, "max_digits": 22}, "fewer digits"),
    ],
)
def test_narrower_fields_are_lossy(label: str, name: str, change: dict[str, Any], words: str) -> None:
    """The pull goes on, and the person knows."""
    found = with_field(name, label, **change)
    assert found.level is Level.LOSSY
    assert words in found.findings[0].text


def test_wider_fields_are_compatible() -> None:
    """Longer here than there is no problem."""
    assert with_field("key", max_length=50).level is Level.COMPATIBLE
    assert with_field("big_integer", "library.everyfield", type="SmallIntegerField").level is Level.COMPATIBLE


def test_field_that_is_unknown_here_is_lossy() -> None:
    """Its values stay behind."""
    fields = [*fingerprints.describe(registry.get("library.tag"))["fields"]]
    more = contract("library.tag", fields=[*fields, {"name": "colour", "type": "CharField", "null": False}])
    assert judged(more).findings[0].text.startswith("library.tag.colour: not registered here")


def test_required_field_that_the_source_does_not_send_blocks() -> None:
    """New objects could not be created; one with a default can."""
    fields = fingerprints.describe(registry.get("library.copy"))["fields"]
    without = [field for field in fields if field["name"] not in ("language", "default", "tags")]
    (sentence,) = judged(contract(fields=without)).blocking
    assert sentence.startswith("library.copy.language: the source doesn't send it")


@pytest.mark.parametrize("answer", [[], {}, "x", None, {"feeds": {}}, {**contract(), "feeds": [1]}])
def test_what_is_no_contract_is_refused(answer: Any) -> None:
    """Whatever some other server answers."""
    with pytest.raises(SourceAnswer):
        offers.parse(answer)
