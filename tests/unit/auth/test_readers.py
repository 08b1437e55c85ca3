"""`authenticate`: the request in hand decides who reads, and a refusal says nothing to the caller."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.core.handlers.asgi import ASGIRequest
from django.http import HttpRequest
from django.test import RequestFactory
from pytest_django import Settings

from feedsync.auth import signing
from feedsync.auth.nonces import MemoryNonces
from feedsync.auth.readers import authenticate
from feedsync.auth.services import authenticate_service
from feedsync.errors import Refused
from tests.unit.auth.tokens import ACCOUNT, AUDIENCE, Issuer
from tests.unit.http.server import Server, plain

NOW = 1_800_000_000.0
EXPORT = signing.Message(environment="studio", method="GET", path="/feedsync/export/ä b/", query="cursor=%C3%A4&x=+")


@pytest.fixture(scope="module")
def issuer() -> Issuer:
    """Who signs the tokens in this module."""
    return Issuer.new()


@pytest.fixture(autouse=True)
def _feedsync(settings: Settings, issuer: Issuer) -> Iterator[None]:
    """An environment with a reader of each kind."""
    with Server({"/certs": plain(json.dumps(issuer.certificates).encode())}) as server:
        settings.FEEDSYNC = {
            "ENVIRONMENT": "studio",
            "BASE_URL": AUDIENCE,
            "OIDC_CERTS_URL": f"{server.url}/certs",
            "SERVICE_ACCOUNT_EMAIL": "own@project.iam.gserviceaccount.com",
            "READERS": {
                "shop": {"secret": "correct horse", "feeds": ["library.country"]},
                "staging": {"service_account": ACCOUNT},
            },
        }
        yield


def signed(
    message: signing.Message = EXPORT, *, reader: str = "shop", secret: str = "correct horse", time: float = NOW
) -> str:
    """The header that a client sends."""
    return signing.sign(message, secret, reader=reader, time=time)


def request(authorization: str | None = None) -> HttpRequest:
    """A request for EXPORT, as it comes over the wire under WSGI."""
    headers: Any = {} if authorization is None else {"Authorization": authorization}
    return RequestFactory().get("/feedsync/export/%C3%A4%20b/?cursor=%C3%A4&x=+", headers=headers)


def asgi_request(authorization: str) -> HttpRequest:
    """The same under ASGI, in whose scope a server puts the path decoded and the query raw."""
    scope = {
        "type": "http",
        "method": "GET",
        "path": "/feedsync/export/ä b/",
        "query_string": b"cursor=%C3%A4&x=+",
        "headers": [(b"authorization", authorization.encode())],
    }
    return ASGIRequest(scope, io.BytesIO())


@pytest.mark.parametrize("arrive", [request, asgi_request])
def test_signature_gives_the_reader(arrive: Callable[[str], HttpRequest]) -> None:
    """A signed request is its reader's, under WSGI and ASGI, with escapes in path and query."""
    reader = authenticate(arrive(signed()), nonces=MemoryNonces(), clock=lambda: NOW)
    assert reader.name == "shop"


def test_token_gives_the_reader(issuer: Issuer) -> None:
    """A Google token of a reader's service account is that reader's."""
    assert authenticate(request(f"Bearer {issuer.token()}")).name == "staging"


def test_reader_reads_its_feeds_only() -> None:
    """A reader with a list of feeds may read these, one without may read all."""
    shop = authenticate(request(signed()), nonces=MemoryNonces(), clock=lambda: NOW)
    assert shop.may_read("library.country")
    assert not shop.may_read("library.language")


@pytest.mark.parametrize(
    ("header", "reason"),
    [
        (None, "no credentials"),
        ("", "no credentials"),
        ("Basic c2hvcDpjb3JyZWN0", "no credentials"),
        ("Feedsync-HMAC nonsense", "malformed"),
        (signed(reader="nobody"), "unknown reader"),
        (signed(reader="staging"), "without a secret"),
        (signed(secret="guess"), "wrong signature"),
        (signed(time=NOW - 400), "too old"),
        (signed(signing.Message(environment="shop", method="GET", path="/")), "wrong signature"),
        ("Bearer nonsense", "invalid token"),
    ],
)
def test_everyone_else_is_refused(header: str | None, reason: str) -> None:
    """Without good credentials there is no reader."""
    with pytest.raises(Refused, match=reason):
        authenticate(request(header), nonces=MemoryNonces(), clock=lambda: NOW)


def test_token_of_a_stranger_is_refused(issuer: Issuer) -> None:
    """Any Google account can get a token for our URL: only the readers' accounts count."""
    token = issuer.token(email="stranger@project.iam.gserviceaccount.com")
    with pytest.raises(Refused, match="no reader"):
        authenticate(request(f"Bearer {token}"))


def test_replay_is_refused() -> None:
    """The same request doesn't pass twice."""
    nonces, header = MemoryNonces(), signed()
    authenticate(request(header), nonces=nonces, clock=lambda: NOW)
    with pytest.raises(Refused, match="replayed"):
        authenticate(request(header), nonces=nonces, clock=lambda: NOW)


def test_refusal_is_logged_once_without_secrets(caplog: pytest.LogCaptureFixture) -> None:
    """The log tells the operator why, and no credentials."""
    header = signed(secret="guess")
    with caplog.at_level(logging.INFO, logger="feedsync"), pytest.raises(Refused):
        authenticate(request(header), nonces=MemoryNonces(), clock=lambda: NOW)
    (record,) = caplog.records
    assert vars(record)["reason"] == "wrong signature"
    assert vars(record)["address"] == "127.0.0.1"
    assert header.rpartition("=")[2] not in str(vars(record))


def test_own_service_account_may_call_tasks(issuer: Issuer) -> None:
    """Cloud Tasks and Pub/Sub push sign in as this environment's own service account."""
    token = issuer.token(email="own@project.iam.gserviceaccount.com")
    assert authenticate_service(request(f"Bearer {token}"), audience=AUDIENCE) == "own@project.iam.gserviceaccount.com"


def test_reader_may_not_call_tasks(issuer: Issuer) -> None:
    """Reading the export gives no right to run tasks, with either kind of credentials."""
    for header in (f"Bearer {issuer.token()}", signed(), None):
        with pytest.raises(Refused):
            authenticate_service(request(header), audience=AUDIENCE)


def test_without_service_account_no_task_runs(settings: Settings, issuer: Issuer) -> None:
    """An environment without SERVICE_ACCOUNT_EMAIL refuses every call, rather than accepting every one."""
    settings.FEEDSYNC = settings.FEEDSYNC | {"SERVICE_ACCOUNT_EMAIL": ""}
    with pytest.raises(Refused, match="SERVICE_ACCOUNT_EMAIL"):
        authenticate_service(request(f"Bearer {issuer.token()}"), audience=AUDIENCE)
