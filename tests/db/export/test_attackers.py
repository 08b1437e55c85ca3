"""Signed requests that somebody caught, changed or made up: the right status, one line of log, nothing written."""

from __future__ import annotations

import logging
import time
from typing import Any

import pytest
from django.test import Client

from feedsync.auth import signing
from feedsync.models import UsedNonce
from tests.db.export.reading import SECRET
from tests.library.models import Tag

pytestmark = pytest.mark.django_db(transaction=True)
PATHS = ["/feedsync/contract/", "/feedsync/export/"]


def signed(
    path: str, *, query: str = "", secret: str = SECRET, reader: str = "shop", environment: str = "studio"
) -> str:
    message = signing.Message(environment=environment, method="GET", path=path, query=query, body=b"")
    return signing.sign(message, secret, reader=reader, time=time.time())


def asked(path: str, header: str, query: str = "") -> Any:
    return Client().get(f"{path}?{query}" if query else path, headers={"Authorization": header})


def ours(caplog: pytest.LogCaptureFixture) -> list[logging.LogRecord]:
    return [record for record in caplog.records if record.name.startswith("feedsync")]


@pytest.mark.parametrize("path", PATHS)
def test_replayed_request_is_refused(path: str, caplog: pytest.LogCaptureFixture) -> None:
    """The same signature serves once; the second time there is no data, and one line says so without it."""
    Tag.objects.create(slug="secret")
    header = signed(path)
    assert asked(path, header).status_code == 200
    caplog.clear()
    with caplog.at_level(logging.INFO, logger="feedsync"):
        answer = asked(path, header)
    assert answer.status_code == 401
    assert "secret" not in answer.content.decode()
    (record,) = ours(caplog)
    assert vars(record)["reason"] == "replayed signature"
    assert header.rpartition("=")[2] not in str(vars(record))
    assert UsedNonce.objects.count() == 1


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize(
    "changed",
    [
        {"query": "feeds=library.tag"},
        {"secret": "a guess"},
        {"reader": "nobody"},
        {"environment": "production"},
    ],
    ids=["another query", "another secret", "nobody", "another environment"],
)
def test_request_that_was_changed_is_refused(
    path: str, changed: dict[str, str], caplog: pytest.LogCaptureFixture
) -> None:
    """Whatever was signed must be what is asked; a refused nonce isn't kept, so nobody can fill the table."""
    with caplog.at_level(logging.INFO, logger="feedsync"):
        assert asked(path, signed(path, **changed)).status_code == 401
    assert len(ours(caplog)) == 1
    assert not UsedNonce.objects.exists()


def test_signature_of_one_path_opens_no_other() -> None:
    """The contract's doesn't serve for the export."""
    assert asked("/feedsync/export/", signed("/feedsync/contract/")).status_code == 401
