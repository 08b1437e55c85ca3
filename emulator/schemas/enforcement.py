"""What a topic's schema lets through: the drafts of a publish go in, and come out with the attributes that name the
revision that they fit; one that fits none refuses the whole request.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from emulator.errors import InvalidArgument, NotFound
from emulator.pubsub.topics import Draft
from emulator.schemas import definitions
from emulator.schemas.catalogue import Catalogue, Revision
from emulator.schemas.definitions import Encoding
from emulator.schemas.types import Misfit

DELETED = "_deleted-schema_"


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """A topic's schema settings."""

    schema: str
    encoding: Encoding
    first: str = ""  # revision ids; "" is no bound
    last: str = ""


class Enforcement:
    """Knows the schemas; asked at each publish to a topic that has one."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue

    def check_settings(self, settings: Settings) -> None:
        """Refuse settings that name a schema or a revision that is not there."""
        self._catalogue.allowed(settings.schema, first=settings.first, last=settings.last)

    def admit(self, settings: Settings, drafts: list[Draft]) -> list[Draft]:
        """The drafts, each with what its subscribers are told of the schema."""
        if settings.schema == DELETED:
            raise NotFound("The schema associated with the topic was deleted.")
        allowed = self._catalogue.allowed(settings.schema, first=settings.first, last=settings.last)
        return [_stamped(draft, settings, _fitting(draft.data, settings, allowed)) for draft in drafts]


def _fitting(data: bytes, settings: Settings, allowed: list[Revision]) -> Revision:
    """The newest revision that the data fits."""
    problem = "there is no such revision left"
    for revision in allowed:
        try:
            definitions.check(definitions.parse(revision.definition), data, settings.encoding)
        except Misfit as misfit:
            problem = f"last checked revision: revision_id={revision.id} failed with status: {misfit}"
        else:
            return revision
    raise InvalidArgument(
        "Invalid data in message: Message failed schema validation. Could not validate message with any schema revision"
        f" for schema: {settings.schema}, {problem}."
    )


def _stamped(draft: Draft, settings: Settings, revision: Revision) -> Draft:
    told = {
        "googclient_schemaname": settings.schema,
        "googclient_schemaencoding": settings.encoding.name,
        "googclient_schemarevisionid": revision.id,
    }
    return replace(draft, attributes={**draft.attributes, **told})
