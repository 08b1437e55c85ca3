"""A queue's HTTP target changes the requests of its tasks."""

from __future__ import annotations

from typing import Any

import pytest

from emulator.errors import FailedPrecondition
from emulator.tasks import overrides
from emulator.wire.tasks import V2BETA3


def overridden(url: str, **override: Any) -> str:
    """The URL of a task in a queue with this override."""
    target = V2BETA3["HttpTarget"](uri_override=override)
    return str(overrides.applied(V2BETA3["HttpRequest"](url=url), target).url)


@pytest.mark.parametrize(
    ("override", "expected"),
    [
        ({}, "https://a.example:8080/x?y=1"),
        ({"scheme": "HTTP"}, "http://a.example:8080/x?y=1"),
        ({"host": "b.example"}, "https://b.example:8080/x?y=1"),
        ({"port": 123}, "https://a.example:123/x?y=1"),
        ({"port": 0}, "https://a.example/x?y=1"),
        ({"path_override": {"path": "/z"}}, "https://a.example:8080/z?y=1"),
        ({"path_override": {}}, "https://a.example:8080?y=1"),
        ({"query_override": {"query_params": "q=2"}}, "https://a.example:8080/x?q=2"),
        ({"query_override": {}}, "https://a.example:8080/x"),
    ],
)
def test_each_part_of_the_url_can_be_replaced(override: dict[str, Any], expected: str) -> None:
    """And nothing else changes."""
    assert overridden("https://a.example:8080/x?y=1", **override) == expected


def test_a_spare_override_fills_what_is_missing() -> None:
    """IF_NOT_EXISTS leaves what the task says."""
    spare = {"uri_override_enforce_mode": "IF_NOT_EXISTS", "host": "b.example", "query_override": {"query_params": "q"}}
    assert overridden("https://a.example/x", **spare) == "https://a.example/x?q"


def test_method_headers_and_token_are_replaced() -> None:
    """A header in any case."""
    token = {"service_account_email": "a@example.com", "audience": "b"}
    header = {"header": {"key": "X-Mine", "value": "queue's"}}
    target = V2BETA3["HttpTarget"](http_method="PUT", header_overrides=[header], oidc_token=token)
    sent = V2BETA3["HttpRequest"](url="http://a", headers={"x-mine": "task's", "other": "1"})
    changed = overrides.applied(sent, target)
    assert dict(changed.headers) == {"X-Mine": "queue's", "other": "1"}
    assert (changed.http_method, changed.oidc_token.audience) == (V2BETA3["HttpMethod"].PUT, "b")


def test_an_override_with_a_host_is_an_address() -> None:
    """What buffered tasks go by; without a host there is none."""
    override = {"scheme": "HTTP", "host": "a.example", "port": 80, "path_override": {"path": "/x"}}
    assert overrides.address(V2BETA3["UriOverride"](**override)) == "http://a.example:80/x"
    with pytest.raises(FailedPrecondition, match="has a host"):
        overrides.address(V2BETA3["UriOverride"](port=80))
