"""The service google.pubsub.v1.SchemaService: wire messages in and out, state behind.

A definition is compiled on a thread: nobody waits for somebody else's compiler.
"""

from __future__ import annotations

import asyncio
from typing import Any

from emulator import names
from emulator.errors import InvalidArgument
from emulator.paging import page
from emulator.schemas import definitions
from emulator.schemas.catalogue import Catalogue, Revision
from emulator.schemas.definitions import Definition
from emulator.schemas.enforcement import refusal
from emulator.schemas.types import Misfit, Type
from emulator.wire.schemas import MESSAGES

_VIEWS = MESSAGES["SchemaView"]


class SchemaService:
    """Each method answers one call."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue

    async def create_schema(self, request: Any, call: Any) -> Any:
        """Add a schema."""
        names.check_project(request.parent)
        name = names.check(f"{request.parent}/schemas/{request.schema_id}", "schemas")
        definition, _ = await _parsed(request.schema)
        return _shown(self._catalogue.create(name, definition))

    def get_schema(self, request: Any) -> Any:
        """Show a schema, or one of its revisions."""
        revision = self._catalogue.get(request.name)
        full = request.view != _VIEWS.Value("BASIC")
        return _shown(revision, full=full, named="@" in request.name)

    def list_schemas(self, request: Any) -> Any:
        """Show the schemas of a project."""
        found = self._catalogue.of_project(request.parent)
        shown, token = page(list(found), size=request.page_size, token=request.page_token)
        full = request.view == _VIEWS.Value("FULL")
        schemas = [_shown(found[name], full=full) for name in shown]
        return MESSAGES["ListSchemasResponse"](schemas=schemas, next_page_token=token)

    def list_schema_revisions(self, request: Any) -> Any:
        """Show the revisions of a schema, newest first."""
        revisions = self._catalogue.schema(request.name).revisions
        # The pages follow the places, which grow: a revision that is added while a client reads does not move any.
        places = {f"{len(revisions) - place:06}": each for place, each in enumerate(revisions)}
        shown, token = page(sorted(places), size=request.page_size, token=request.page_token)
        full = request.view == _VIEWS.Value("FULL")
        schemas = [_shown(places[place], full=full, named=True) for place in shown]
        return MESSAGES["ListSchemaRevisionsResponse"](schemas=schemas, next_page_token=token)

    async def commit_schema(self, request: Any, call: Any) -> Any:
        """Add a revision."""
        self._catalogue.schema(request.name)
        if request.schema.name not in ("", request.name):
            raise InvalidArgument(f"The schema is named {request.schema.name} and the request {request.name}.")
        definition, _ = await _parsed(request.schema)
        return _shown(self._catalogue.commit(request.name, definition))

    def rollback_schema(self, request: Any) -> Any:
        """Add a copy of an earlier revision."""
        return _shown(self._catalogue.rollback(request.name, request.revision_id))

    def delete_schema_revision(self, request: Any) -> Any:
        """Take one revision away, and show the schema as it is now."""
        name, revision_id = names.split_revision(request.name)
        revision_id = revision_id or request.revision_id
        if not revision_id:
            raise InvalidArgument(f"Invalid name {name!r}: expected projects/<project>/schemas/<id>@<revision>.")
        return _shown(self._catalogue.delete_revision(name, revision_id))

    def delete_schema(self, request: Any) -> Any:
        """Take a schema away, with all its revisions."""
        self._catalogue.delete(request.name)
        return MESSAGES["Empty"]()

    async def validate_schema(self, request: Any, call: Any) -> Any:
        """Say whether a definition makes sense."""
        names.check_project(request.parent)
        await _parsed(request.schema)
        return MESSAGES["ValidateSchemaResponse"]()

    async def validate_message(self, request: Any, call: Any) -> Any:
        """Say whether a message fits a schema."""
        names.check_project(request.parent)
        encoding = definitions.encoding(request.encoding)
        if request.WhichOneof("schema_spec") == "schema":
            definition, found = await _parsed(request.schema)
        else:
            definition = self._catalogue.get(request.name).definition
            found = definitions.parse(definition)
        try:
            definitions.check(found, request.message, encoding)
        except Misfit as misfit:
            raise refusal("Invalid schema message", definition.kind, encoding, str(misfit)) from misfit
        return MESSAGES["ValidateMessageResponse"]()


async def _parsed(schema: Any) -> tuple[Definition, Type]:
    """The definition that a client sent, and the type behind it."""
    compiled = schema.compiled_proto_schema
    definition = Definition(
        kind=definitions.kind(schema.type),
        text=schema.definition,
        root_message=compiled.root_message,
        compiled=compiled.compiled_bytes,
    )
    return definition, await asyncio.to_thread(definitions.parse, definition)


def _shown(revision: Revision, *, full: bool = True, named: bool = False) -> Any:
    """A revision on the wire; its name has the revision id if it was asked for by it."""
    seconds, fraction = divmod(revision.created, 1)
    schema = MESSAGES["Schema"](
        name=f"{revision.schema}@{revision.id}" if named else revision.schema,
        type=int(revision.definition.kind),
        revision_id=revision.id,
        revision_create_time=MESSAGES["Timestamp"](seconds=int(seconds), nanos=int(fraction * 1e9)),
    )
    if full:
        schema.definition = revision.definition.text
        if revision.definition.compiled:
            schema.compiled_proto_schema.root_message = revision.definition.root_message
            schema.compiled_proto_schema.compiled_bytes = revision.definition.compiled
    return schema
