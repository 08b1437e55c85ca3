"""What a topic's schema lets through: the drafts of a publish go in, and come out with the attributes that name the
revision that they fit; one that fits none refuses the whole request.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from emulator import names
from emulator.errors import InvalidArgument, NotFound
from emulator.pubsub.drafts import Draft
from emulator.schemas import definitions
from emulator.schemas.catalogue import Catalogue, Revision
from emulator.schemas.definitions import Encoding, Kind
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
    """Knows the schemas; each topic is asked for its settings at each publish. An `Admission` to topics."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue

    def check(self, shown: Any) -> None:
        """Refuse settings that name a schema or a revision that is not there; empty ones are taken away."""
        settings = settings_of(shown)
        if settings is not None and settings.schema != DELETED:
            self._catalogue.allowed(settings.schema, first=settings.first, last=settings.last)

    def admit(self, shown: Any, drafts: list[Draft]) -> list[Draft]:
        """The drafts, each with what its subscribers are told of the schema."""
        settings = settings_of(shown)
        return drafts if settings is None else self.fitting(settings, drafts)

    def fitting(self, settings: Settings, drafts: list[Draft]) -> list[Draft]:
        """The drafts, if each fits one of the revisions."""
        if settings.schema == DELETED:
            raise NotFound("The schema associated with the topic was deleted.")
        allowed = self._catalogue.allowed(settings.schema, first=settings.first, last=settings.last)
        return [draft if draft.stopped else _stamped(draft, settings, allowed) for draft in drafts]


def settings_of(shown: Any) -> Settings | None:
    """The settings of a topic on the wire, or InvalidArgument; None: it has no schema."""
    if not shown.HasField("schema_settings"):
        return None
    sent = shown.schema_settings
    if not sent.ListFields():  # this is how clients take a schema away
        shown.ClearField("schema_settings")
        return None
    if sent.schema != DELETED:
        names.check(sent.schema, "schemas")
    return Settings(
        schema=sent.schema,
        encoding=definitions.encoding(sent.encoding),
        first=sent.first_revision_id,
        last=sent.last_revision_id,
    )


def disown(schema: str, topics: Iterable[Any]) -> None:
    """The schema is gone; topics on the wire that had it show that."""
    for shown in topics:
        if shown is not None and shown.schema_settings.schema == schema:
            shown.schema_settings.schema = DELETED


def _newest(data: bytes, settings: Settings, allowed: list[Revision]) -> Revision:
    """The newest revision that the data fits."""
    problem = "no revision is left in the topic's range"
    kind = None
    for revision in allowed:
        kind = revision.definition.kind
        try:
            definitions.check(definitions.parse(revision.definition), data, settings.encoding)
        except Misfit as misfit:
            problem = f"last checked revision: revision_id={revision.id} failed with status: {misfit}"
        else:
            return revision
    text = f"Could not validate message with any schema revision for schema: {settings.schema}, {problem}"
    raise refusal("Invalid data in message", kind, settings.encoding, text)


def refusal(what: str, kind: Kind | None, encoding: Encoding, detail: str) -> InvalidArgument:
    """The refusal of a message that does not fit, with the reason that clients read beside the text."""
    name = {Kind.PROTOCOL_BUFFER: "PROTO"}.get(kind, "AVRO") if kind else "AVRO"
    return InvalidArgument(
        f"{what}: Message failed schema validation. {detail}.",
        reason=f"INVALID_{encoding.name}_{name}_MESSAGE",
        metadata={"message": "Message failed schema validation", "revisionInfo": detail},
    )


def _stamped(draft: Draft, settings: Settings, allowed: list[Revision]) -> Draft:
    told = {
        "googclient_schemaname": settings.schema,
        "googclient_schemaencoding": settings.encoding.name,
        "googclient_schemarevisionid": _newest(draft.data, settings, allowed).id,
    }
    return replace(draft, attributes={**draft.attributes, **told})
