"""All schemas of the emulator, each with its revisions.

Definitions that make sense go in (`definitions.parse` says whether they do) and come out as revisions. A name may carry
a revision: `projects/p/schemas/s@c7cfa2a8`.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from emulator import names
from emulator.clock import Clock
from emulator.errors import FailedPrecondition, InvalidArgument, NotFound, ResourceExhausted
from emulator.journal import Journal
from emulator.registry import Registry
from emulator.schemas import definitions
from emulator.schemas.definitions import Definition

MAX_REVISIONS = 20
_MOST_OF_A_PROJECT = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Revision:
    """One state of a schema."""

    schema: str  # the name without revision
    id: str  # eight hexadecimal digits
    definition: Definition
    created: float  # seconds since the epoch


@dataclass(slots=True)
class Schema:
    """The revisions of one name."""

    name: str
    revisions: list[Revision] = field(default_factory=list)  # oldest first, never none
    ids: list[str] = field(default_factory=list)  # of all that there ever were, in the same order
    policy: Any = None  # a google.iam.v1.Policy, if one was set

    @property
    def latest(self) -> Revision:
        """The newest revision."""
        return self.revisions[-1]

    def revision(self, revision_id: str) -> Revision:
        """The revision with that id."""
        for revision in self.revisions:
            if revision.id == revision_id:
                return revision
        raise NotFound(f"Schema {self.name} has no revision {revision_id}.")

    def add(self, definition: Definition, now: float) -> Revision:
        """Add a revision under an id of its own."""
        if len(self.revisions) >= MAX_REVISIONS:
            raise ResourceExhausted(
                f"Schema {self.name} has {MAX_REVISIONS} revisions; delete one before you add another."
            )
        revision = Revision(schema=self.name, id=secrets.token_hex(4), definition=definition, created=now)
        self.revisions.append(revision)
        self.ids.append(revision.id)
        return revision


class Catalogue:
    """Schemas by name. `on_deleted` hears the name of each that is gone."""

    def __init__(self, *, clock: Clock, journal: Journal | None = None) -> None:
        self._clock = clock
        self._schemas: Registry[Schema] = Registry("schemas", most=_MOST_OF_A_PROJECT, journal=journal)
        self.on_deleted: Callable[[str], None] = lambda _: None

    def create(self, name: str, definition: Definition) -> Revision:
        """Add a schema with its first revision."""
        self._schemas.check_free(name)
        schema = Schema(name)
        schema.add(definition, self._clock())
        self._schemas.add(name, schema)
        return schema.latest

    def commit(self, name: str, definition: Definition) -> Revision:
        """Add a revision to a schema; it must get along with the newest one."""
        schema = self.schema(name)
        latest = schema.latest.definition
        if definition.kind is not latest.kind:
            raise InvalidArgument(
                f"The type of schema {name} is {latest.kind.name}; a revision cannot make it {definition.kind.name}."
            )
        conflict = definitions.parse(definition).conflict(definitions.parse(latest))
        if conflict is not None:
            raise InvalidArgument(f"Incompatible schema revision of {name}: {conflict}.")
        return self._add(schema, definition)

    def rollback(self, name: str, revision_id: str) -> Revision:
        """Add a revision that is a copy of an earlier one."""
        if not revision_id:
            raise InvalidArgument("A rollback needs a revision_id.")
        schema = self.schema(name)
        return self._add(schema, schema.revision(revision_id).definition)

    def restore(self, schema: Schema) -> None:
        """Have a schema that was there before."""
        self._schemas.add(schema.name, schema)

    def get(self, name: str) -> Revision:
        """The revision that the name asks for, or the newest."""
        plain, revision_id = names.split_revision(name)
        schema = self.schema(plain)
        return schema.revision(revision_id) if revision_id else schema.latest

    def schema(self, name: str) -> Schema:
        """The schema of that name."""
        return self._schemas.get(name)

    def allowed(self, name: str, *, first: str, last: str) -> list[Revision]:
        """The revisions from the first to the last, newest first; "" is no bound, a deleted bound still counts."""
        schema = self.schema(name)
        for bound in (first, last):
            if bound and bound not in schema.ids:
                raise NotFound(f"Schema {name} has no revision {bound}.")
        start = schema.ids.index(first) if first else 0
        end = schema.ids.index(last) if last else len(schema.ids)
        if start > end:
            raise InvalidArgument(f"Revision {first} of schema {name} is newer than {last}.")
        within = set(schema.ids[start : end + 1])
        return [revision for revision in reversed(schema.revisions) if revision.id in within]

    def of_project(self, project: str) -> dict[str, Revision]:
        """The newest revision of each schema of a project by name, in order."""
        return {name: schema.latest for name, schema in self._schemas.of_project(project).items()}

    def delete_revision(self, name: str, revision_id: str) -> Revision:
        """Take one revision away and return what is now the newest."""
        schema = self.schema(name)
        gone = schema.revision(revision_id)
        if len(schema.revisions) == 1:
            raise FailedPrecondition(f"{revision_id} is the only revision of {name}; delete the schema instead.")
        schema.revisions.remove(gone)
        self._schemas.changed(name)
        return schema.latest

    def delete(self, name: str) -> None:
        """Take a schema with all its revisions away."""
        self._schemas.remove(name)
        self.on_deleted(name)

    def clear(self) -> None:
        """Take every schema away."""
        for schema in self._schemas:
            self.delete(schema.name)

    def _add(self, schema: Schema, definition: Definition) -> Revision:
        revision = schema.add(definition, self._clock())
        self._schemas.changed(schema.name)
        return revision
