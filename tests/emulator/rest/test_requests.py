"""How body, query and path become a request message."""

from __future__ import annotations

import contextlib
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emulator.errors import InvalidArgument
from emulator.rest import requests
from emulator.wire.interfaces import Method, Rule
from emulator.wire.pubsub_methods import PUBLISHER, SUBSCRIBER


def built(method: Method, *, body: Any = None, query: dict[str, str] | None = None, **bound: str) -> Any:
    """The message of a method by its first rule."""
    text = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
    return requests.message(method, method.rules[0], body=text, query=list((query or {}).items()), bound=bound)


def test_names_are_taken_in_both_cases() -> None:
    """camelCase and snake_case, base64, integers of 64 bits as text, enumerations by name."""
    publish = PUBLISHER.methods["Publish"]
    sent = {"messages": [{"data": "aGk=", "orderingKey": "k"}, {"data": "aGk", "ordering_key": "k"}]}
    first, second = built(publish, body=sent, topic="projects/p/topics/t").messages
    assert first == second
    create = SUBSCRIBER.methods["CreateSubscription"]
    made = built(create, body={"cloudStorageConfig": {"maxBytes": "5", "state": "ACTIVE"}, "ackDeadlineSeconds": 10})
    assert (made.cloud_storage_config.max_bytes, made.cloud_storage_config.state) == (5, 1)


def test_the_query_fills_what_the_body_does_not() -> None:
    """Numbers, nested fields, masks, repeated and true ones; parameters of the service as a whole are passed over."""
    found = built(
        PUBLISHER.methods["ListTopics"], query={"pageSize": "7", "page_token": "x", "$alt": "json", "key": "k"}
    )
    assert (found.page_size, found.page_token) == (7, "x")
    update = SUBSCRIBER.methods["UpdateSubscription"]
    query = {
        "updateMask": "ackDeadlineSeconds,labels",
        "subscription.labels.a": "b",
        "subscription.retainAckedMessages": "true",
        "subscription.pushConfig.pushEndpoint": "http://e",
    }
    found = built(update, query=query)
    assert list(found.update_mask.paths) == ["ack_deadline_seconds", "labels"]
    assert dict(found.subscription.labels) == {"a": "b"}
    assert found.subscription.retain_acked_messages
    assert found.subscription.push_config.push_endpoint == "http://e"


def test_the_body_may_be_one_field() -> None:
    """Then the path and the query fill the others."""
    method = PUBLISHER.methods["UpdateTopic"]
    rule = Rule(verb="PATCH", template="/v1/{topic.name=projects/*/topics/*}", body="topic")
    found = requests.message(
        method,
        rule,
        body=b'{"labels": {"a": "b"}}',
        query=[("updateMask", "labels")],
        bound={"topic.name": "projects/p/topics/t"},
    )
    assert (found.topic.name, dict(found.topic.labels)) == ("projects/p/topics/t", {"a": "b"})
    assert list(found.update_mask.paths) == ["labels"]


def test_repeated_fields_come_from_repeated_parameters() -> None:
    """Each occurrence adds one."""
    method = SUBSCRIBER.methods["Acknowledge"]
    rule = Rule(verb="GET", template="/v1/x", body="")
    query = [("ackIds", "a"), ("ackIds", "b")]
    assert list(requests.message(method, rule, body=b"", query=query, bound={}).ack_ids) == ["a", "b"]


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"\xff",
        b"[]",
        b"3",
        b'{"nope": 1}',
        b'{"messages": 1}',
        b'{"messages": [1]}',
        b'{"messages": [{"data": 1}]}',
        b'{"messages": [{"attributes": {"a": 1}}]}',
        b'{"messages": [{"orderingKey": "\\ud800"}]}',
        b'{"messages": [{"publishTime": "yesterday"}]}',
        b"[" * 100_000,
        b'{"messages": [' * 500,
        b'{"a":' * 100_000,
    ],
)
def test_a_bad_body_is_refused(body: bytes) -> None:
    """Invalid JSON, other types, unknown fields, lone surrogates and deep nesting are all INVALID_ARGUMENT."""
    with pytest.raises(InvalidArgument, match="Invalid JSON payload received"):
        built(PUBLISHER.methods["Publish"], body=body)


@pytest.mark.parametrize("query", [{"nope": "1"}, {"pageSize": "many"}, {"pageToken.x": "1"}, {"": "1"}])
def test_a_bad_parameter_is_refused(query: dict[str, str]) -> None:
    """Unknown names, and values that are no number."""
    with pytest.raises(InvalidArgument, match="Invalid JSON payload received"):
        built(PUBLISHER.methods["ListTopics"], query=query)


NAMES = "name labels pushConfig oidcToken expirationPolicy ttl state filter messageTransforms javascriptUdf aiInference"
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES.split()), inner, max_size=4),
    max_leaves=12,
)


@settings(max_examples=300, deadline=None)
@given(JSON)
def test_no_json_breaks_the_mapping(value: Any) -> None:
    """Whatever comes is a message or INVALID_ARGUMENT."""
    with contextlib.suppress(InvalidArgument):
        built(SUBSCRIBER.methods["CreateSubscription"], body=value)
