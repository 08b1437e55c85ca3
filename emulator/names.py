"""Resource names: `projects/<project>/<collection>/<id>`.

A name goes in, the same name comes out, or InvalidArgument with the rule that it breaks.
"""

from __future__ import annotations

import re

from emulator.errors import InvalidArgument

_PROJECT = re.compile(r"projects/[^/\s]+")
_NAME = re.compile(r"projects/[^/\s]+/(?P<collection>[a-z]+)/(?P<id>[^/]*)")
_ID = re.compile(r"[A-Za-z][A-Za-z0-9\-._~+%]{2,254}")


def check(name: str, collection: str) -> str:
    """Return the name if it is one of the collection ("topics", "subscriptions")."""
    found = _NAME.fullmatch(name)
    if found is None or found["collection"] != collection:
        raise InvalidArgument(f"Invalid name {name!r}: expected projects/<project>/{collection}/<id>.")
    identifier = found["id"]
    if _ID.fullmatch(identifier) is None:
        raise InvalidArgument(
            f"Invalid name {name!r}: the id must have 3 to 255 characters, start with a letter, and contain only"
            " letters, digits, dashes, periods, underscores, tildes, pluses and percent signs."
        )
    if identifier.lower().startswith("goog"):
        raise InvalidArgument(f"Invalid name {name!r}: the id must not start with goog.")
    return name


def project_of(name: str) -> str:
    """The project of a valid name, `projects/<project>`."""
    return "/".join(name.split("/", 2)[:2])


def check_project(name: str) -> str:
    """Return the name of a project, `projects/<project>`."""
    if _PROJECT.fullmatch(name) is None:
        raise InvalidArgument(f"Invalid name {name!r}: expected projects/<project>.")
    return name


def split_revision(name: str) -> tuple[str, str]:
    """The name of a schema without its revision, and the revision id or "", from `…/schemas/<id>@<revision>`."""
    schema, _, revision_id = name.partition("@")
    return schema, revision_id
