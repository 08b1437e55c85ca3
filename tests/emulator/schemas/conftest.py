"""Official clients of schemas."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from typing import Any

import pytest
from google.api_core import exceptions
from google.pubsub_v1.types import Schema

from tests.emulator.conftest import Pair


def definition(*fields: str) -> str:
    """An Avro record of integers, each with a default."""
    written = [{"name": name, "type": "int", "default": 0} for name in fields]
    return json.dumps({"type": "record", "name": "State", "fields": written})


AVRO = Schema(type_=Schema.Type.AVRO, definition=definition("population"))
PROTO = Schema(
    type_=Schema.Type.PROTOCOL_BUFFER, definition='syntax = "proto3"; message State { int32 population = 1; }'
)


@contextlib.contextmanager
def refused(code: str, culprit: str) -> Iterator[Any]:
    """The call in the block is refused with the status code and a message that names the culprit."""
    with pytest.raises(exceptions.GoogleAPICallError, match=culprit) as refusal:
        yield refusal
    error = refusal.value
    # Over HTTP the client's exceptions only tell HTTP's status.
    told = error.grpc_status_code.name if error.grpc_status_code else error.response.json()["error"]["status"]
    assert told == code


@pytest.fixture(scope="session", params=["grpc", "rest"])
def schemas(request: pytest.FixtureRequest, standard_host: str) -> Iterator[Any]:
    """The official client of the tested server's schemas, over each of its transports."""
    from google.auth.credentials import AnonymousCredentials
    from google.cloud.pubsub_v1 import SchemaServiceClient
    from google.pubsub_v1.services.schema_service.transports import SchemaServiceRestTransport

    with pytest.MonkeyPatch.context() as patch:
        if request.param == "grpc":
            patch.setenv("PUBSUB_EMULATOR_HOST", standard_host)
            client = SchemaServiceClient()
        else:
            credentials = AnonymousCredentials()  # type: ignore[no-untyped-call]
            host = f"http://{standard_host}"
            transport = SchemaServiceRestTransport(host=host, credentials=credentials, url_scheme="http")
            client = SchemaServiceClient(transport=transport)
    yield client
    client.transport.close()


@pytest.fixture
def schema(schemas: Any, names: Pair) -> str:
    """The name of an Avro schema with one revision."""
    created = schemas.create_schema(parent=names.project, schema=AVRO, schema_id="states")
    return str(created.name)
