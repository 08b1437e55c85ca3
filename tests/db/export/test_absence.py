"""The last question of a mirror: which of its keys does no object carry here (P5)?"""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
from django.test import Client

from feedsync import contract
from feedsync.auth import signing
from feedsync.auth.signing import Message
from feedsync.export.absence import MAX_KEYS
from tests.db.export import reading
from tests.library.models import Copy, Country, Hidden, Language, NullableKey, Stamp

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "other"])
PATH = "/feedsync/absent/"


def ask(feed: str, keys: Any, *, reader: str = "shop", secret: str = reading.SECRET, **more: Any) -> Any:
    question = {"feed": feed, "incarnation": contract.identity().incarnation, "keys": keys, **more}
    body = json.dumps(question).encode()
    message = Message(environment="studio", method="POST", path=PATH, body=body)
    header = signing.sign(message, secret, reader=reader, time=time.time())
    return Client(enforce_csrf_checks=True).post(PATH, body, "application/json", headers={"Authorization": header})


def absent(feed: str, *keys: list[Any]) -> list[Any]:
    texts = [json.dumps(key, separators=(",", ":"), ensure_ascii=False) for key in keys]
    response = ask(feed, texts)
    assert response.status_code == 200, response.content
    return [keys[place] for place in response.json()["absent"]]


def test_rows_answer(django_assert_num_queries: Any) -> None:
    """Keys through relations, NULL parts, and rows that managers hide; however many, with few statements."""
    country = Country.objects.create(code="GB", name="")
    Copy.objects.create(language=Language.objects.create(country=country, code="en"), key="title")
    NullableKey.objects.create(country=None, code="x")
    Stamp.objects.create(country=country, number=3)
    Hidden.objects.create(code="h", hidden=True)
    assert absent("library.country", ["GB"], ["FR"], ["gb"]) == [["FR"], ["gb"]]
    assert absent("library.copy", ["GB", "en", "title"], ["GB", "fr", "title"]) == [["GB", "fr", "title"]]
    assert absent("library.nullablekey", [None, "x"], ["GB", "x"]) == [["GB", "x"]]
    assert absent("library.stamp", ["GB", 3], ["GB", 4]) == [["GB", 4]]
    assert absent("library.hidden", ["h"]) == []


def test_thousands_in_a_request() -> None:
    """Set-wise: a request is a few statements."""
    Country.objects.bulk_create(Country(code=f"C{number}", name="") for number in range(0, MAX_KEYS, 2))
    found = absent("library.country", *([f"C{number}"] for number in range(MAX_KEYS)))
    assert len(found) == MAX_KEYS // 2


@pytest.mark.parametrize(
    ("feed", "keys", "status"),
    [
        ("library.nothing", [], 404),
        ("library.country", None, 400),
        ("library.country", ["[1"], 400),
        ("library.country", ['["a","b"]'], 400),
        ("library.country", ['[ "a" ]'], 400),
        ("library.country", [7], 400),
        ("library.stamp", ['["GB","x"]'], 400),
        ("library.uuidthing", ['["no uuid"]'], 400),
        ("library.country", ['["x"]'] * (MAX_KEYS + 1), 400),
    ],
)
def test_senseless_questions(feed: str, keys: Any, status: int) -> None:
    """What can't be looked for is refused; it is never said to be absent."""
    assert ask(feed, keys).status_code == status


def test_another_life_of_the_database() -> None:
    """Keys that were compared with another database say nothing here."""
    assert ask("library.country", [], incarnation="another").status_code == 409


def test_readers_only() -> None:
    """Without a signature, with a wrong one, or about a feed that the reader may not see: no answer."""
    assert Client().post(PATH, b"{}", "application/json").status_code == 401
    assert ask("library.country", [], secret="guessed" * 5).status_code == 401
    assert ask("library.country", [], reader="nobody").status_code == 401
    assert ask("library.country", [], reader="kiosk").status_code == 403
    assert Client().get(PATH).status_code == 405
