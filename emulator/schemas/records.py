"""What is kept of schemas, and how they come back from it."""

from __future__ import annotations

from typing import Any

from emulator.errors import NotFound
from emulator.journal import Journal, Kept
from emulator.schemas.catalogue import Catalogue, Revision, Schema
from emulator.schemas.definitions import Definition, Kind
from emulator.wire import iam
from emulator.wire.classes import build

_TABLE = f"""
message Revision
    id:1:string kind:2:int32 text:3:string root_message:4:string compiled:5:bytes created:6:double
message Schema
    revisions:1:*Revision ids:2:*string policy:3:{iam.PACKAGE}.Policy
"""
_RECORDS = build("emulator.schemas.records", _TABLE)


class SchemaRecords:
    """Of one emulator."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue

    def write_to(self, journal: Journal) -> None:
        """Let the journal ask here."""
        journal.records("schemas", self._record)

    def read_from(self, kept: Kept) -> None:
        """Have what was kept, before anything else happens."""
        for name, body in kept.resources("schemas"):
            record = _RECORDS["Schema"].FromString(body)
            schema = Schema(name, revisions=[_revision(name, each) for each in record.revisions], ids=list(record.ids))
            schema.policy = record.policy if record.HasField("policy") else None
            self._catalogue.restore(schema)

    def _record(self, name: str) -> bytes | None:
        try:
            schema = self._catalogue.schema(name)
        except NotFound:
            return None
        record = _RECORDS["Schema"](ids=schema.ids, policy=schema.policy)
        for each in schema.revisions:
            record.revisions.add(
                id=each.id,
                kind=int(each.definition.kind),
                text=each.definition.text,
                root_message=each.definition.root_message,
                compiled=each.definition.compiled,
                created=each.created,
            )
        body: bytes = record.SerializeToString()
        return body


def _revision(schema: str, record: Any) -> Revision:
    definition = Definition(
        kind=Kind(record.kind), text=record.text, root_message=record.root_message, compiled=record.compiled
    )
    return Revision(schema=schema, id=record.id, definition=definition, created=record.created)
