"""Schemas and their revisions, and what they let through, without a server."""

from __future__ import annotations

import json

import pytest

from emulator.errors import AlreadyExists, FailedPrecondition, InvalidArgument, NotFound, ResourceExhausted
from emulator.pubsub.drafts import Draft
from emulator.schemas import definitions
from emulator.schemas.catalogue import Catalogue
from emulator.schemas.definitions import Definition, Encoding, Kind
from emulator.schemas.enforcement import DELETED, Enforcement, Settings

NAME = "projects/p/schemas/states"


def avro(*fields: str) -> Definition:
    """A record of integers, each with a default."""
    written = [{"name": name, "type": "int", "default": 0} for name in fields]
    return Definition(kind=Kind.AVRO, text=json.dumps({"type": "record", "name": "R", "fields": written}))


@pytest.fixture
def catalogue() -> Catalogue:
    """One schema with one revision."""
    found = Catalogue(clock=lambda: 1_000.0)
    found.create(NAME, avro("a"))
    return found


def test_a_revision_is_found_by_its_id_and_the_newest_without(catalogue: Catalogue) -> None:
    """Both ways to name a schema."""
    first = catalogue.get(NAME)
    second = catalogue.commit(NAME, avro("a", "b"))
    assert len(first.id) == 8
    assert catalogue.get(NAME) == second
    assert catalogue.get(f"{NAME}@{first.id}") == first
    assert catalogue.schema(NAME).revisions == [first, second]


def test_a_rollback_is_a_new_revision(catalogue: Catalogue) -> None:
    """The old definition comes back under a new id."""
    first = catalogue.get(NAME)
    catalogue.commit(NAME, avro("a", "b"))
    third = catalogue.rollback(NAME, first.id)
    assert third.definition == first.definition
    assert third.id != first.id
    assert catalogue.get(NAME) == third


def test_a_revision_keeps_the_type_and_gets_along_with_the_newest(catalogue: Catalogue) -> None:
    """Neither another language nor an incompatible change."""
    with pytest.raises(InvalidArgument, match="cannot make it PROTOCOL_BUFFER"):
        catalogue.commit(NAME, Definition(kind=Kind.PROTOCOL_BUFFER, text='syntax="proto3"; message M {}'))
    with pytest.raises(InvalidArgument, match="Incompatible schema revision"):
        catalogue.commit(NAME, Definition(kind=Kind.AVRO, text=avro("a").text.replace('"int"', '"string"')))


def test_a_schema_has_at_most_twenty_revisions(catalogue: Catalogue) -> None:
    """One must go before another comes."""
    first = catalogue.get(NAME)
    for _ in range(19):
        catalogue.commit(NAME, avro("a"))
    with pytest.raises(ResourceExhausted, match="20 revisions"):
        catalogue.commit(NAME, avro("a"))
    with pytest.raises(ResourceExhausted):
        catalogue.rollback(NAME, first.id)
    catalogue.delete_revision(NAME, first.id)
    catalogue.commit(NAME, avro("a"))


def test_the_only_revision_stays(catalogue: Catalogue) -> None:
    """Whoever wants it gone deletes the schema."""
    with pytest.raises(FailedPrecondition, match="only revision"):
        catalogue.delete_revision(NAME, catalogue.get(NAME).id)
    catalogue.delete(NAME)
    with pytest.raises(NotFound):
        catalogue.get(NAME)


def test_names_are_checked_and_taken_once(catalogue: Catalogue) -> None:
    """As for all resources."""
    with pytest.raises(AlreadyExists):
        catalogue.create(NAME, avro("a"))
    for name in ("projects/p/schemas/1x", "projects/p/topics/abc", "projects/p/schemas/goog-x"):
        with pytest.raises(InvalidArgument):
            catalogue.create(name, avro("a"))
    with pytest.raises(NotFound, match="has no revision 12345678"):
        catalogue.get(f"{NAME}@12345678")
    assert list(catalogue.of_project("projects/p")) == [NAME]
    assert catalogue.of_project("projects/other") == {}


def test_definitions_are_limited_in_size() -> None:
    """300 KB, and not empty."""
    for text in ("", " " * 307_201):
        with pytest.raises(InvalidArgument):
            definitions.parse(Definition(kind=Kind.AVRO, text=text))


def test_messages_are_told_the_newest_revision_that_they_fit(catalogue: Catalogue) -> None:
    """Newest first, within the range of the topic."""
    first, second = catalogue.get(NAME), catalogue.commit(NAME, avro("a", "b"))
    enforcement = Enforcement(catalogue)
    settings = Settings(schema=NAME, encoding=Encoding.JSON)
    drafts = [Draft(data=b'{"a": 1}', attributes={"k": "v"}), Draft(data=b'{"a": 1, "b": 2}')]
    old, new = enforcement.fitting(settings, drafts)
    assert old.attributes == {
        "k": "v",
        "googclient_schemaname": NAME,
        "googclient_schemaencoding": "JSON",
        "googclient_schemarevisionid": first.id,
    }
    assert new.attributes["googclient_schemarevisionid"] == second.id
    with pytest.raises(InvalidArgument, match="the fields b are missing"):
        enforcement.fitting(Settings(schema=NAME, encoding=Encoding.JSON, first=second.id), drafts)
    with pytest.raises(InvalidArgument, match="b are not in the schema"):
        enforcement.fitting(Settings(schema=NAME, encoding=Encoding.JSON, last=first.id), drafts)


def test_a_deleted_bound_still_bounds(catalogue: Catalogue) -> None:
    """The revision after the first, or before the last, takes its place."""
    first, second, third = (
        catalogue.get(NAME),
        catalogue.commit(NAME, avro("a", "b")),
        catalogue.commit(NAME, avro("a", "b", "c")),
    )
    catalogue.delete_revision(NAME, second.id)
    assert catalogue.allowed(NAME, first=second.id, last="") == [third]
    assert catalogue.allowed(NAME, first="", last=second.id) == [first]
    assert catalogue.allowed(NAME, first=second.id, last=second.id) == []
    with pytest.raises(InvalidArgument, match="no revision is left"):
        Enforcement(catalogue).fitting(
            Settings(schema=NAME, encoding=Encoding.JSON, first=second.id, last=second.id), [Draft(data=b"{}")]
        )


def test_a_range_names_what_is_there_in_the_right_order(catalogue: Catalogue) -> None:
    """A topic can't be bound to nothing."""
    first, second = catalogue.get(NAME), catalogue.commit(NAME, avro("a", "b"))
    with pytest.raises(NotFound):
        catalogue.allowed(f"{NAME}-2", first="", last="")
    with pytest.raises(NotFound):
        catalogue.allowed(NAME, first="00000000", last="")
    with pytest.raises(InvalidArgument, match="newer than"):
        catalogue.allowed(NAME, first=second.id, last=first.id)


def test_a_topic_of_a_deleted_schema_takes_nothing(catalogue: Catalogue) -> None:
    """And says why."""
    with pytest.raises(NotFound, match="schema associated with the topic was deleted"):
        Enforcement(catalogue).fitting(Settings(schema=DELETED, encoding=Encoding.JSON), [Draft(data=b"{}")])
