"""Ways to speak JSON over HTTP with the tested emulator."""

from __future__ import annotations

import http.client
import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from emulator import Emulator

Ask = Callable[..., tuple[int, Any]]


@pytest.fixture
def ask(cloud: Emulator) -> Iterator[Ask]:
    """One request on a connection that stays open: status and JSON (or bytes) of the answer."""
    connection = http.client.HTTPConnection(cloud.host, timeout=10)

    def asked(verb: str, path: str, body: Any = None, **headers: str) -> tuple[int, Any]:
        sent = body if body is None or isinstance(body, bytes) else json.dumps(body)
        connection.request(verb, path, body=sent, headers=headers)
        answer = connection.getresponse()
        said = answer.read()
        is_json = answer.headers["Content-Type"].startswith("application/json")
        return answer.status, json.loads(said) if is_json else said

    yield asked
    connection.close()
