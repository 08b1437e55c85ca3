"""Schemas through the official client."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from google.pubsub_v1.types import CompiledProtoSchema, Encoding, Schema, SchemaView

from tests.emulator.conftest import Pair
from tests.emulator.schemas.conftest import AVRO, PROTO, definition, refused

pytestmark = pytest.mark.not_at_googles_emulator  # it knows no protocol buffers, and no rules of evolution


def avro(*fields: str) -> Schema:
    """A schema to send."""
    return Schema(type_=Schema.Type.AVRO, definition=definition(*fields))


INCOMPATIBLE = Schema(type_=Schema.Type.AVRO, definition=AVRO.definition.replace('"int"', '"string"'))


@pytest.mark.parametrize("sent", [AVRO, PROTO], ids=["avro", "protobuf"])
def test_a_schema_is_created_shown_listed_and_deleted(schemas: Any, names: Pair, sent: Schema) -> None:
    """A schema lives from its creation to its deletion, in either language."""
    created = schemas.create_schema(parent=names.project, schema=sent, schema_id="states")
    assert created.name == f"{names.project}/schemas/states"
    assert (created.type_, created.definition) == (sent.type_, sent.definition)
    assert len(created.revision_id) == 8
    assert created.revision_create_time.timestamp() > 0
    assert schemas.get_schema(name=created.name) == created
    assert [each.name for each in schemas.list_schemas(parent=names.project)] == [created.name]
    schemas.delete_schema(name=created.name)
    with refused("NOT_FOUND", created.name):
        schemas.get_schema(name=created.name)


def test_the_basic_view_leaves_the_definition_out(schemas: Any, names: Pair, schema: str) -> None:
    """A list is basic unless asked for more, a single schema the other way round."""
    basic, full = SchemaView.BASIC, SchemaView.FULL
    project = names.project
    assert schemas.get_schema(request={"name": schema, "view": basic}).definition == ""
    assert schemas.get_schema(request={"name": schema, "view": full}).definition == AVRO.definition
    assert [each.definition for each in schemas.list_schemas(parent=project)] == [""]
    listed = schemas.list_schemas(request={"parent": project, "view": full})
    assert [each.definition for each in listed] == [AVRO.definition]


def test_revisions_are_committed_listed_rolled_back_and_deleted(schemas: Any, schema: str) -> None:
    """The life of a schema, newest revision first."""
    first = schemas.get_schema(name=schema)
    second = schemas.commit_schema(name=schema, schema=avro("population", "area"))
    third = schemas.rollback_schema(name=schema, revision_id=first.revision_id)
    assert third.definition == first.definition
    ids = [third.revision_id, second.revision_id, first.revision_id]
    listed = list(schemas.list_schema_revisions(name=schema))
    assert [each.revision_id for each in listed] == ids
    assert [each.name for each in listed] == [f"{schema}@{each}" for each in ids]
    paged = schemas.list_schema_revisions(request={"name": schema, "page_size": 2})
    assert [each.revision_id for each in paged] == ids
    shown = schemas.get_schema(name=f"{schema}@{second.revision_id}")
    assert (shown.revision_id, shown.definition) == (second.revision_id, second.definition)
    assert schemas.get_schema(name=schema).revision_id == third.revision_id
    schemas.delete_schema_revision(name=f"{schema}@{third.revision_id}")
    assert schemas.get_schema(name=schema).revision_id == second.revision_id


def test_lists_come_in_pages(schemas: Any, names: Pair) -> None:
    """A page size smaller than the list still shows everything, once."""
    wanted = [f"{names.project}/schemas/states-{number}" for number in range(5)]
    for name in wanted:
        schemas.create_schema(parent=names.project, schema=AVRO, schema_id=name.rpartition("/")[2])
    pages = schemas.list_schemas(request={"parent": names.project, "page_size": 2})
    assert [each.name for each in pages] == wanted


def test_a_compiled_schema_is_taken_and_shown(schemas: Any, names: Pair) -> None:
    """A FileDescriptorSet instead of a text."""
    from google.protobuf import descriptor_pb2

    files = descriptor_pb2.FileDescriptorSet()
    file = files.file.add(name="m.proto", syntax="proto3")
    file.message_type.add(name="M").field.add(name="a", number=1, type=9, label=1)
    compiled = CompiledProtoSchema(root_message="M", compiled_bytes=files.SerializeToString())
    sent = Schema(type_=Schema.Type.PROTOCOL_BUFFER, compiled_proto_schema=compiled)
    created = schemas.create_schema(parent=names.project, schema=sent, schema_id="compiled")
    assert created.compiled_proto_schema == compiled
    check = {"parent": names.project, "name": created.name, "encoding": Encoding.JSON}
    schemas.validate_message(request={**check, "message": b'{"a": "x"}'})
    with refused("INVALID_ARGUMENT", "no field named"):
        schemas.validate_message(request={**check, "message": b'{"b": "x"}'})


@pytest.mark.parametrize("sent", [AVRO, PROTO], ids=["avro", "protobuf"])
def test_definitions_and_messages_are_validated_without_a_schema(schemas: Any, names: Pair, sent: Schema) -> None:
    """Both against what the request brings along."""
    schemas.validate_schema(parent=names.project, schema=sent)
    with refused("INVALID_ARGUMENT", "Invalid schema definition"):
        schemas.validate_schema(parent=names.project, schema=Schema(type_=sent.type_, definition="nonsense"))
    good = {"JSON": b'{"population": 7}', "BINARY": b"\x0e" if sent is AVRO else b"\x08\x07"}
    for kind, message in good.items():
        check = {"parent": names.project, "schema": sent, "encoding": kind}
        schemas.validate_message(request={**check, "message": message})
        with refused("INVALID_ARGUMENT", "Message failed schema validation") as refusal:
            schemas.validate_message(request={**check, "message": b'{"population": "many"'})
        assert refusal.value.reason == f"INVALID_{kind}_{'AVRO' if sent is AVRO else 'PROTO'}_MESSAGE"


def test_messages_are_validated_against_a_revision(schemas: Any, names: Pair, schema: str) -> None:
    """By the name of the schema the newest, with a revision that one."""
    first = schemas.get_schema(name=schema)
    schemas.commit_schema(name=schema, schema=avro("population", "area"))
    check = {"parent": names.project, "encoding": Encoding.JSON, "message": b'{"population": 7}'}
    schemas.validate_message(request={**check, "name": f"{schema}@{first.revision_id}"})
    with refused("INVALID_ARGUMENT", "the fields area are missing"):
        schemas.validate_message(request={**check, "name": schema})


def test_refusals_have_the_services_codes(schemas: Any, names: Pair, schema: str) -> None:
    """Whatever is wrong, the code tells a client what to do, and the message names the culprit."""
    project, other = names.project, f"{names.project}/schemas/other"
    only = schemas.get_schema(name=schema).revision_id
    huge = Schema(type_=Schema.Type.AVRO, definition=" " * 307_201)
    misnamed = Schema(type_=Schema.Type.AVRO, definition=AVRO.definition, name=other)

    def create(schema_id: str, parent: str = project) -> Any:
        return schemas.create_schema(parent=parent, schema=AVRO, schema_id=schema_id)

    calls: list[tuple[str, str, Callable[[], Any]]] = [
        ("ALREADY_EXISTS", schema, lambda: create("states")),
        ("INVALID_ARGUMENT", "1abc", lambda: create("1abc")),
        ("INVALID_ARGUMENT", "id must have", lambda: create("")),
        ("INVALID_ARGUMENT", "no project", lambda: create("states", "projects/no project")),
        ("INVALID_ARGUMENT", "type", lambda: schemas.validate_schema(parent=project, schema=Schema())),
        ("INVALID_ARGUMENT", "307200", lambda: schemas.validate_schema(parent=project, schema=huge)),
        ("INVALID_ARGUMENT", "PROTOCOL_BUFFER", lambda: schemas.commit_schema(name=schema, schema=PROTO)),
        ("INVALID_ARGUMENT", "Incompatible", lambda: schemas.commit_schema(name=schema, schema=INCOMPATIBLE)),
        ("INVALID_ARGUMENT", other, lambda: schemas.commit_schema(name=schema, schema=misnamed)),
        ("NOT_FOUND", other, lambda: schemas.commit_schema(name=other, schema=AVRO)),
        ("NOT_FOUND", other, lambda: schemas.get_schema(name=other)),
        ("NOT_FOUND", other, lambda: schemas.delete_schema(name=other)),
        ("NOT_FOUND", "00000000", lambda: schemas.rollback_schema(name=schema, revision_id="00000000")),
        ("NOT_FOUND", "00000000", lambda: schemas.get_schema(name=f"{schema}@00000000")),
        ("INVALID_ARGUMENT", "revision", lambda: schemas.delete_schema_revision(name=schema)),
        ("FAILED_PRECONDITION", only, lambda: schemas.delete_schema_revision(name=f"{schema}@{only}")),
        ("INVALID_ARGUMENT", "encoding", lambda: schemas.validate_message(request={"parent": project})),
    ]
    for code, culprit, call in calls:
        with refused(code, culprit):
            call()


def test_a_schema_has_an_iam_policy(schemas: Any, schema: str) -> None:
    """Kept and shown like those of topics and subscriptions."""
    binding = {"role": "roles/pubsub.viewer", "members": ["user:ann@example.com"]}
    put = schemas.set_iam_policy(request={"resource": schema, "policy": {"bindings": [binding]}})
    assert schemas.get_iam_policy(request={"resource": schema}) == put
    granted = schemas.test_iam_permissions(request={"resource": schema, "permissions": ["pubsub.schemas.get"]})
    assert list(granted.permissions) == ["pubsub.schemas.get"]
