"""Field types of both sides: does a value of theirs fit into a field of ours, and what gets lost?

In: two field descriptions of a contract. Out: sentences.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

FieldInfo = Mapping[str, Any]

TEXT = ("CharField", "TextField", "SlugField", "EmailField", "URLField", "FileField", "FilePathField", "ImageField")
# {type: bits that its values have}
INTEGERS = {
    "SmallAutoField": 15,
    "PositiveSmallIntegerField": 15,
    "SmallIntegerField": 15,
    "AutoField": 31,
    "PositiveIntegerField": 31,
    "IntegerField": 31,
    "BigAutoField": 63,
    "PositiveBigIntegerField": 63,
    "BigIntegerField": 63,
}
RELATIONS = ("reference", "many")


def mismatch(theirs: FieldInfo, ours: FieldInfo) -> str:
    """Why a value of theirs is no value of ours; empty where it is."""
    there, here = theirs["type"], ours["type"]
    if there in RELATIONS and there == here:
        if theirs.get("target") == ours.get("target"):
            return ""
        return f"refers to {theirs.get('target')} at the source and to {ours.get('target')} here."
    if family(there) == family(here):
        return ""
    return f"{_spoken(there)} at the source and {_spoken(here)} here."


def losses(theirs: FieldInfo, ours: FieldInfo) -> Iterator[str]:
    """What of their values doesn't fit; such values make a dead change."""
    if theirs.get("null") and not ours.get("null"):
        yield "may be empty (NULL) at the source, not here: objects without a value will not be applied."
    if _smaller(ours, theirs, "max_length"):
        there = f"up to {theirs['max_length']:,}" if theirs.get("max_length") else "any number of"
        yield f"takes up to {ours['max_length']:,} characters here, {there} at the source: longer values will not fit."
    if INTEGERS.get(ours["type"], 0) < INTEGERS.get(theirs["type"], 0):
        yield f"{_spoken(ours['type'])} here holds smaller numbers than {_spoken(theirs['type'])} at the source."
    if ours["type"].startswith("Positive") and not theirs["type"].startswith("Positive"):
        yield "holds no negative numbers here."
    if any(_smaller(ours, theirs, name) for name in ("max_digits", "decimal_places")):
        yield "holds fewer digits here than at the source."


def family(kind: str) -> str:
    if kind in TEXT:
        return "text"
    return "integer" if kind in INTEGERS else kind


def _smaller(ours: FieldInfo, theirs: FieldInfo, name: str) -> bool:
    here, there = ours.get(name), theirs.get(name)
    return here is not None and (there is None or here < there)


def _spoken(kind: str) -> str:
    named = {"reference": "a reference", "many": "a many-to-many relation", "content": "the content of a file"}
    return named.get(kind, kind)
