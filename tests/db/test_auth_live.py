"""Both ends together: a client of ours at a Django server of ours, over HTTP."""

from __future__ import annotations

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


def test_wrong_secret_tells_what_to_compare(live_server: LiveServer, settings: Settings) -> None:
    """A refusal names the settings of both sides."""
    settings.FEEDSYNC = settings.FEEDSYNC | {"CREDENTIALS": {"studio": {"secret": "guess"}}}
    with pytest.raises(SourceRefused, match="READERS"):
        ask(live_server.url)


def test_request_for_another_source_is_refused(live_server: LiveServer) -> None:
    """A signature for one environment doesn't serve at another that shares the secret."""
    with pytest.raises(SourceRefused):
        ask(live_server.url, "other")
