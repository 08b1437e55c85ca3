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
from emulator.errors import AlreadyExists, FailedPrecondition, InvalidArgument, NotFound, ResourceExhausted
from emulator.schemas import definitions
from emulator.schemas.definitions import Definition

MAX_REVISIONS = 20
MAX_SCHEMAS = 10_000  # of a project


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

    revisions: list[Revision] = field(default_factory=list)  # oldest first
    ids: list[str] = field(default_factory=list)  # of all that there ever were, in the same order
    policy: Any = None  # a google.iam.v1.Policy, if one was set


class Catalogue:
    """Schemas by name. `on_deleted` hears the name of each that is gone."""

    def __init__(self, *, clock: Clock) -> None:
        self._clock = clock
        self._schemas: dict[str, Schema] = {}
        self.on_deleted: Callable[[str], None] = lambda _: None

    def create(self, name: str, definition: Definition) -> Revision:
        """Add a schema with its first revision."""
        names.check(name, "schemas")
        if name in self._schemas:
            raise AlreadyExists(f"Schema {name} already exists.")
        project = name.partition("/schemas/")[0]
        if len(self._of_project(project)) >= MAX_SCHEMAS:
            raise ResourceExhausted(f"{project} has {MAX_SCHEMAS} schemas, as many as a project may have.")
        self._schemas[name] = Schema()
        return self._append(name, definition)

    def commit(self, name: str, definition: Definition) -> Revision:
        """Add a revision to a schema; it must get along with the newest one."""
        latest = self.get(name).definition
        if definition.kind is not latest.kind:
            raise InvalidArgument(
                f"The type of schema {name} is {latest.kind.name}; a revision cannot make it {definition.kind.name}."
            )
        conflict = definitions.parse(definition).conflict(definitions.parse(latest))
        if conflict is not None:
            raise InvalidArgument(f"Incompatible schema revision of {name}: {conflict}.")
        return self._append(name, definition)

    def rollback(self, name: str, revision_id: str) -> Revision:
        """Add a revision that is a copy of an earlier one."""
        if not revision_id:
            raise InvalidArgument("A rollback needs a revision_id.")
        return self._append(name, self._of(name, revision_id).definition)

    def get(self, name: str) -> Revision:
        """The revision that the name asks for, or the newest."""
        schema, revision_id = names.split_revision(name)
        return self._of(schema, revision_id) if revision_id else self.schema(schema).revisions[-1]

    def schema(self, name: str) -> Schema:
        """The schema of that name."""
        found = self._schemas.get(name)
        if found is None:
            names.check(name, "schemas")
            raise NotFound(f"Schema {name} does not exist.")
        return found

    def revisions(self, name: str) -> list[Revision]:
        """All revisions of a schema, oldest first."""
        return list(self.schema(name).revisions)

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

    def of_project(self, project: str) -> list[Revision]:
        """The newest revision of each schema of a project, by name."""
        return [self._schemas[name].revisions[-1] for name in sorted(self._of_project(names.check_project(project)))]

    def delete_revision(self, name: str, revision_id: str) -> Revision:
        """Take one revision away and return what is now the newest."""
        gone = self._of(name, revision_id)
        left = self._schemas[name].revisions
        if len(left) == 1:
            raise FailedPrecondition(f"{revision_id} is the only revision of {name}; delete the schema instead.")
        left.remove(gone)
        return left[-1]

    def delete(self, name: str) -> None:
        """Take a schema with all its revisions away."""
        self.schema(name)
        del self._schemas[name]
        self.on_deleted(name)

    def clear(self) -> None:
        """Take every schema away."""
        self._schemas.clear()

    def _append(self, name: str, definition: Definition) -> Revision:
        schema = self._schemas[name]
        if len(schema.revisions) >= MAX_REVISIONS:
            raise ResourceExhausted(f"Schema {name} has {MAX_REVISIONS} revisions; delete one before you add another.")
        revision = Revision(schema=name, id=secrets.token_hex(4), definition=definition, created=self._clock())
        schema.revisions.append(revision)
        schema.ids.append(revision.id)
        return revision

    def _of_project(self, project: str) -> list[str]:
        prefix = f"{project}/schemas/"
        return [name for name in self._schemas if name.startswith(prefix)]

    def _of(self, name: str, revision_id: str) -> Revision:
        for revision in self.schema(name).revisions:
            if revision.id == revision_id:
                return revision
        raise NotFound(f"Schema {name} has no revision {revision_id}.")
