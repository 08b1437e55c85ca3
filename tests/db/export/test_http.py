"""Who may ask for what, and what is answered to everybody else (invariant 13)."""

from __future__ import annotations

import json

import pytest
from django.test import Client

from feedsync import registry
from feedsync.export import cursor as cursors
from feedsync.export.cursor import Cursor
from tests.db.export.reading import export, get
from tests.library.models import Country, Tag

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("path", ["/feedsync/contract/", "/feedsync/export/", "/feedsync/export/?feeds=library.tag"])
def test_stranger_gets_401_and_no_data(client: Client, path: str) -> None:
    """Without a signature, whatever is asked."""
    Tag.objects.create(slug="secret")
    response = client.get(path)
    assert response.status_code == 401
    assert list(response.json()) == ["error"]


@pytest.mark.parametrize("path", ["/feedsync/contract/", "/feedsync/export/", "/feedsync/healthz"])
def test_only_get(client: Client, path: str) -> None:
    """Nothing is acted upon."""
    assert client.post(path).status_code == 405


def test_reader_sees_its_feeds_only() -> None:
    """Contract and export are scoped to the reader's feeds, and asking for another one is refused."""
    Tag.objects.create(slug="a")
    Country.objects.create(code="GB")
    contract = get("/feedsync/contract/", reader="kiosk").json()
    assert [feed["feed"] for feed in contract["feeds"]] == ["library.tag"]
    assert {change.feed for change in export(reader="kiosk").changes} == {"library.tag"}
    refused = get("/feedsync/export/", query="feeds=library.tag,library.country", reader="kiosk")
    assert refused.status_code == 403
    assert "library.country" in refused.json()["error"]


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("feeds=library.nothing", 404),
        ("chunk=0", 400),
        ("chunk=many", 400),
        ("chunk=99999", 400),
        ("cursor=abc", 409),
        ("cursor=W10", 409),
        ("cursor=%F0%9F%A6%A6", 409),
    ],
)
def test_wrong_request_gets_a_sentence(query: str, status: int) -> None:
    """What is wrong with it is said in JSON."""
    response = get("/feedsync/export/", query=query)
    assert response.status_code == status
    assert response.json()["error"]


def test_cursor_of_another_life_is_a_conflict() -> None:
    """Its positions mean nothing in this database."""
    text = cursors.encode(Cursor(incarnation="another", place="library.tag"))
    assert get("/feedsync/export/", query=f"cursor={text}").status_code == 409


@pytest.mark.parametrize(
    ("place", "after"), [("library.nothing", None), ("library.country", None), ("library.tag", "x")]
)
def test_cursor_that_does_not_fit_is_refused(place: str, after: str | None) -> None:
    """A cursor for other feeds, or with a position that is none."""
    incarnation = get("/feedsync/contract/").json()["incarnation"]
    text = cursors.encode(Cursor(incarnation=incarnation, place=place, after=after))
    assert get("/feedsync/export/", query=f"feeds=library.tag&cursor={text}").status_code == 400


def test_contract_tells_identity_and_fields() -> None:
    """Feeds in dependency order, with key, fields and fingerprint."""
    contract = get("/feedsync/contract/").json()
    assert (contract["environment"], contract["wire"]) == ("studio", 1)
    assert contract["topic"] == "projects/test/topics/feedsync"
    assert contract["clock"] >= contract["genesis"] > 0
    feeds = {feed["feed"]: feed for feed in contract["feeds"]}
    assert set(feeds) == {feed.label for feed in registry.feeds()}
    assert list(feeds).index("library.language") < list(feeds).index("library.copy")
    copy = feeds["library.copy"]
    assert copy["natural_key"] == ["language.country.code", "language.code", "key"]
    assert {"name": "key", "type": "CharField", "null": False, "max_length": 100} in copy["fields"]
    assert {"name": "language", "type": "reference", "null": False, "target": "library.language"} in copy["fields"]
    assert {"name": "tags", "type": "many", "null": False, "target": "library.tag"} in copy["fields"]
    assert len(copy["fingerprint"]) == 32


def test_healthz_answers_everybody_and_tells_nothing(client: Client) -> None:
    """For load balancers."""
    response = client.get("/feedsync/healthz")
    assert (response.status_code, response.json()) == (200, {"status": "ok"})


@pytest.mark.parametrize(
    ("accept", "encoding"),
    [("zstd, gzip", "zstd"), ("gzip", "gzip"), ("", "gzip"), ("zstd;q=0, gzip", "gzip"), ("br, ZSTD;q=0.5", "zstd")],
)
def test_compression_is_what_the_reader_knows(accept: str, encoding: str) -> None:
    """zstd where it is offered, else gzip; the content is the same."""
    Tag.objects.create(slug="a")
    response = get("/feedsync/export/", query="feeds=library.tag", accept=accept)
    assert response["Content-Encoding"] == encoding
    response.close()
    assert [change.key for change in export("feeds=library.tag", accept=accept).changes] == [json.dumps(["a"])]
