"""Both ends together: a client of ours at a Django server of ours, over HTTP."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from django.http import HttpRequest, JsonResponse
from django.urls import path
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from consumers.http.session import open_source
from feedsync.auth.readers import authenticate
from feedsync.errors import Refused, SourceRefused
from feedsync.models import UsedNonce
from tests.unit.auth.tokens import ACCOUNT, Issuer
from tests.unit.http.server import Server, plain


def who(request: HttpRequest, name: str) -> JsonResponse:
    """Tells the caller who it is."""
    try:
        return JsonResponse({"reader": authenticate(request).name, "name": name, "query": request.GET.dict()})
    except Refused:
        return JsonResponse({}, status=401)


urlpatterns = [path("prefix/who/<str:name>/", who)]

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.urls(__name__)]


@pytest.fixture(autouse=True)
def _environments(settings: Settings) -> None:
    """One process plays both environments: it reads itself."""
    settings.FEEDSYNC = {
        "ENVIRONMENT": "studio",
        "RELAY": "command",
        "READERS": {"studio": {"secret": "correct horse"}},
        "CREDENTIALS": {"studio": {"secret": "correct horse"}, "other": {"secret": "correct horse"}},
        "ALLOW_PRIVATE_SOURCES": True,
    }


def ask(url: str, name: str = "studio") -> Any:
    """One signed request with escapes in path and query."""
    with open_source(name, f"{url}/prefix") as source:
        return source.get_json("who/ä b%20/", {"cursor": "ü&=+ /?", "empty": ""})


def test_signed_client_is_recognised(live_server: LiveServer) -> None:
    """What the client signs is what the server sees, escapes and prefix included; the nonce is kept."""
    assert ask(live_server.url)["reader"] == "studio"
    assert ask(live_server.url)["query"] == {"cursor": "ü&=+ /?", "empty": ""}
    assert UsedNonce.objects.count() == 2


def test_client_with_a_google_identity_is_recognised(
    live_server: LiveServer, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a secret the client fetches a token for the source's URL, and the source knows its service account."""
    issuer, url = Issuer.new(), f"{live_server.url}/prefix"
    token = json.dumps({"id_token": issuer.token(aud=url)}).encode()
    google = {"/token": plain(token), "/certs": plain(json.dumps(issuer.certificates).encode())}
    with Server(google) as server:
        key_file = issuer.key_file(tmp_path, token_uri=f"{server.url}/token")
        monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(key_file))
        settings.FEEDSYNC = {
            "ENVIRONMENT": "studio",
            "RELAY": "command",
            "BASE_URL": url,
            "READERS": {"shop": {"service_account": ACCOUNT}},
            "ALLOW_PRIVATE_SOURCES": True,
            "OIDC_CERTS_URL": f"{server.url}/certs",
        }
        assert ask(live_server.url)["reader"] == "shop"


def test_wrong_secret_tells_what_to_compare(live_server: LiveServer, settings: Settings) -> None:
    """A refusal names the settings of both sides."""
    settings.FEEDSYNC = settings.FEEDSYNC | {"CREDENTIALS": {"studio": {"secret": "guess"}}}
    with pytest.raises(SourceRefused, match="READERS"):
        ask(live_server.url)


def test_request_for_another_source_is_refused(live_server: LiveServer) -> None:
    """A signature for one environment doesn't serve at another that shares the secret."""
    with pytest.raises(SourceRefused):
        ask(live_server.url, "other")
