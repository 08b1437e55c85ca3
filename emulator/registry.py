"""Resources by name, with the answers of the API to names that are wrong, taken or unknown."""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Iterator
from typing import Generic, TypeVar

from emulator import names
from emulator.errors import AlreadyExists, NotFound, ResourceExhausted
from emulator.journal import Journal, Oblivion

T = TypeVar("T")


class Registry(Generic[T]):
    """The resources of one kind ("topics", "subscriptions"), in all projects."""

    def __init__(self, kind: str, *, most: int, journal: Journal | None = None) -> None:
        self._kind = kind
        self._one = kind.removesuffix("s").title()
        self._most = most  # of one project
        self._journal = journal or Oblivion()
        self._resources: dict[str, T] = {}
        self._counts: Counter[str] = Counter()  # {project: resources}

    def __contains__(self, name: object) -> bool:
        return name in self._resources

    def __iter__(self) -> Iterator[T]:
        return iter(list(self._resources.values()))

    def check_free(self, name: str) -> None:
        """Refuse a name that cannot be given to a new resource."""
        names.check(name, self._kind)
        if name in self._resources:
            raise AlreadyExists(f"{self._one} {name} already exists.")
        if self._counts[names.project_of(name)] >= self._most:
            raise ResourceExhausted(f"A project may have {self._most} {self._kind}; {name} would be one more.")

    def free_name(self, project: str) -> str:
        """A name that the server gives."""
        return f"{project}/{self._kind}/{self._one.lower()}-{secrets.token_hex(8)}"

    def add(self, name: str, resource: T) -> None:
        """Keep a new resource, after `check_free`."""
        self._resources[name] = resource
        self._counts[names.project_of(name)] += 1
        self.changed(name)

    def changed(self, name: str) -> None:
        """The resource of that name is another than before, or gone."""
        self._journal.changed(self._kind, name)

    def get(self, name: str) -> T:
        """The resource of that name."""
        found = self._resources.get(name)
        if found is None:
            names.check(name, self._kind)
            raise NotFound(f"{self._one} {name} does not exist.")
        return found

    def remove(self, name: str) -> T:
        """Take the resource out."""
        found = self.get(name)
        del self._resources[name]
        self._counts[names.project_of(name)] -= 1
        self.changed(name)
        return found

    def of_project(self, project: str) -> dict[str, T]:
        """The resources of a project by name, in order."""
        prefix = names.check_project(project) + "/"
        return {name: self._resources[name] for name in sorted(self._resources) if name.startswith(prefix)}
