"""What a source answers over HTTP: a signed request in; contract, export stream or a plain JSON error out.

Every view authenticates first and shows only the reader's feeds (invariant 13); `healthz` alone asks nobody and tells
nothing. `relay_task` is what Cloud Tasks calls.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial, wraps

from django.core.handlers.asgi import ASGIRequest
from django.db import DatabaseError, connections
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_http_methods

from feedsync import contract as contracts
from feedsync.auth.readers import authenticate
from feedsync.conf import Reader
from feedsync.errors import Refused, TransientError
from feedsync.export import absence, requests, response
from feedsync.export.errors import RequestError
from feedsync.files import offering
from feedsync.files import response as files
from feedsync.tasks.calls import answer, for_service

RELAY_TASK_BYTES = 1_024
View = Callable[..., HttpResponseBase]


def for_readers(view: Callable[..., HttpResponseBase], *, method: str = "GET") -> View:
    """A view that runs for authenticated readers only, with errors as JSON."""

    @require_http_methods([method])
    @wraps(view)
    def guarded(request: HttpRequest, **parts: str) -> HttpResponseBase:
        try:
            return view(request, authenticate(request), **parts)
        except Refused:
            return JsonResponse({"error": "Sign in as a reader of this environment."}, status=401)
        except RequestError as error:
            return JsonResponse({"error": str(error)}, status=error.status)
        except TransientError as error:
            return JsonResponse({"error": str(error)}, status=503)

    return guarded


@for_readers
def contract(request: HttpRequest, reader: Reader) -> HttpResponse:
    """What this environment publishes to the reader."""
    return JsonResponse(contracts.describe(contracts.visible(reader)))


@for_readers
def export(request: HttpRequest, reader: Reader) -> HttpResponseBase:
    """Every object of the feeds that were asked for, as a stream."""
    order = requests.parse(request.GET, reader)
    accepted = request.headers.get("Accept-Encoding", "")
    return response.stream(order, accepted, asynchronous=isinstance(request, ASGIRequest))


@for_readers
def file(request: HttpRequest, reader: Reader, *, feed: str, field: str) -> HttpResponseBase:
    """The file that an object of a feed has in a field."""
    offer = offering.find(feed, field, request.GET, reader)
    return files.give(offer, request, asynchronous=isinstance(request, ASGIRequest))


@for_service("feedsync:relay_task", max_bytes=RELAY_TASK_BYTES)
def relay_task(request: HttpRequest, body: bytes) -> HttpResponse:
    """Relays what is there (RELAY "cloud_tasks")."""
    from feedsync.relay import called

    return answer(200, "relayed") if called.relay() else answer(503, "Changes are left, and nothing is lost.")


@csrf_exempt  # no browser's session counts here: each request is signed
@partial(for_readers, method="POST")
def absent(request: HttpRequest, reader: Reader) -> HttpResponse:
    """Which of the reader's keys no object carries here; a mirror asks before it removes something."""
    return JsonResponse(absence.answer(request.body, reader))


@require_GET
def healthz(request: HttpRequest) -> HttpResponse:
    """200 while the databases of the feeds answer."""
    try:
        for alias in contracts.aliases():
            with connections[alias].cursor() as cursor:
                cursor.execute("SELECT 1")
    except DatabaseError:
        return JsonResponse({"status": "database unavailable"}, status=503)
    return JsonResponse({"status": "ok"})
