"""Which paths a template takes, and what it binds."""

from __future__ import annotations

import pytest

from emulator.rest.templates import compiled

TOPIC = "/v1/{topic=projects/*/topics/*}"


@pytest.mark.parametrize(
    ("template", "path", "bound"),
    [
        (TOPIC, "/v1/projects/p/topics/t", {"topic": "projects/p/topics/t"}),
        (TOPIC, "/v1/projects/a.com:p/topics/t%2B%25", {"topic": "projects/a.com:p/topics/t+%"}),
        (TOPIC, "/v1/projects/p/topics/t:publish", None),
        (TOPIC, "/v1/projects/p/topics/t/more", None),
        (TOPIC, "/v1/projects/p/topics/", None),
        (TOPIC, "/v2/projects/p/topics/t", None),
        (TOPIC + ":publish", "/v1/projects/p/topics/t:publish", {"topic": "projects/p/topics/t"}),
        (TOPIC + ":publish", "/v1/projects/p/topics/t:pull", None),
        ("/v1/{topic.name=projects/*/topics/*}", "/v1/projects/p/topics/t", {"topic.name": "projects/p/topics/t"}),
        ("/v1/{project=projects/*}/topics", "/v1/projects/p/topics", {"project": "projects/p"}),
        ("/v1/{name=files/**}", "/v1/files/a/b/c", {"name": "files/a/b/c"}),
        ("/v1/{name=files/**}:read", "/v1/files/a/b:read", {"name": "files/a/b"}),
        ("/v1/{shelf}/books/{book}", "/v1/s/books/b", {"shelf": "s", "book": "b"}),
        ("/v1/*/all", "/v1/x/all", {}),
        ("/v1/{name=a.c/*}", "/v1/abc/x", None),
    ],
)
def test_a_template_binds_what_its_path_says(template: str, path: str, bound: dict[str, str] | None) -> None:
    """Stars, verbs after a colon, nested fields, percent signs; None where the path does not fit."""
    assert compiled(template).bound(path) == bound
