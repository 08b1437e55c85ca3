"""The tables of google.pubsub.v1 agree with the published API: messages, enumerations, methods, HTTP rules."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from typing import Any

import pytest
from google.pubsub_v1.services.publisher.transports.rest_base import _BasePublisherRestTransport
from google.pubsub_v1.services.subscriber.transports.rest_base import _BaseSubscriberRestTransport
from google.pubsub_v1.types import pubsub

from emulator.wire.interfaces import Interface
from emulator.wire.pubsub import MESSAGES, TABLE
from emulator.wire.pubsub_methods import PUBLISHER, SUBSCRIBER

PACKAGE = "google.pubsub.v1."
# Sent by nobody to a server: the payload of a log line, and of a header.
LEFT_OUT = ("IngestionFailureEvent", "PubsubClientTelemetry")
OURS = re.findall(r"^message ([\w.]+)$", TABLE, flags=re.MULTILINE)
IAM = {"GetIamPolicy", "SetIamPolicy", "TestIamPermissions"}  # another service


def official() -> dict[str, Any]:
    """{name within the package: descriptor} of the generated client, nested ones too."""
    roots = [getattr(pubsub, name) for name in pubsub.__protobuf__.manifest]
    found = [each.pb().DESCRIPTOR for each in roots if hasattr(each, "pb")]
    for each in found:
        found.extend(nested for nested in each.nested_types if not nested.GetOptions().map_entry)
    return {each.full_name.removeprefix(PACKAGE): each for each in found}


OFFICIAL = official()


def shape(field: Any) -> tuple[Any, ...]:
    """What a client can tell: number, type and its name, repetition, oneof, whether it knows that it was set."""
    named = field.message_type or field.enum_type
    return (
        field.number,
        field.type,
        named and named.full_name,
        named and field.enum_type and [(value.name, value.number) for value in named.values],
        field.is_repeated,
        field.containing_oneof and field.containing_oneof.name,
        field.has_presence,
    )


def test_each_message_is_there() -> None:
    """What the generated client has, the table has, and nothing else."""
    assert set(OURS) == {name for name in OFFICIAL if not name.startswith(LEFT_OUT)}


@pytest.mark.parametrize("name", OURS)
def test_each_field_is_the_official_one(name: str) -> None:
    """Number, type, oneof and repetition of every field are those of the generated client, and none is missing."""
    ours = {field.name: shape(field) for field in MESSAGES[name].DESCRIPTOR.fields}
    assert ours == {field.name: shape(field) for field in OFFICIAL[name].fields}


def rules_of(transport: type) -> Iterator[tuple[str, set[tuple[str, str, str]]]]:
    """Each method of a generated REST transport with verb, template and body of its rules."""
    for name, method in inspect.getmembers(transport, inspect.isclass):
        if hasattr(method, "_get_http_options"):
            options = method._get_http_options()
            rules = {(each["method"].upper(), each["uri"], each.get("body", "")) for each in options}
            yield name.removeprefix("_Base"), rules


@pytest.mark.parametrize(
    ("interface", "transport"),
    [(PUBLISHER, _BasePublisherRestTransport), (SUBSCRIBER, _BaseSubscriberRestTransport)],
    ids=["publisher", "subscriber"],
)
def test_each_http_rule_is_the_official_one(interface: Interface, transport: type) -> None:
    """Every method with its verbs, paths and bodies; streaming has none."""
    ours = {
        name: {(rule.verb, rule.template, rule.body) for rule in method.rules}
        for name, method in interface.methods.items()
        if not method.streams
    }
    theirs = {name: rules for name, rules in rules_of(transport) if name not in IAM}
    assert ours == {name: rules for name, rules in theirs.items() if rules}


def test_a_newer_field_still_passes() -> None:
    """What the table does not know is kept."""
    sent = b"\x0a\x01n\xaa\x3e\x05later"  # name: "n", and field 1001
    assert MESSAGES["Topic"].FromString(sent).SerializeToString() == sent
