"""Official clients of schemas."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
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


@pytest.fixture(scope="session")
def schemas(standard_host: str) -> Iterator[Any]:
    """The official client of the tested server's schemas."""
    from google.cloud.pubsub_v1 import SchemaServiceClient

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PUBSUB_EMULATOR_HOST", standard_host)
        client = SchemaServiceClient()
    yield client
    client.transport.close()


@pytest.fixture
def schema(schemas: Any, names: Pair) -> str:
    """The name of an Avro schema with one revision."""
    created = schemas.create_schema(parent=names.project, schema=AVRO, schema_id="states")
    return str(created.name)
