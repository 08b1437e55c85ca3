"""Google's calls to this environment: proven first, read after that, and never more than a limit.

`for_service` makes a view of a function that gets the body of a proven call. What is refused is one log line, with a
reason and without tokens.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import wraps

from django.db import Error as DatabaseTrouble
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from feedsync.auth.services import authenticate_service
from feedsync.errors import BadRequest, FeedsyncError, Refused, TransientError
from feedsync.tasks import addresses

logger = logging.getLogger("feedsync.calls")

Handler = Callable[[HttpRequest, bytes], HttpResponse]
View = Callable[[HttpRequest], HttpResponse]


def for_service(name: str, *, max_bytes: int) -> Callable[[Handler], View]:
    """`name`: this view's own, whose URL must be the token's audience."""

    def decorate(handler: Handler) -> View:
        @csrf_exempt  # nobody's browser holds such a token
        @require_POST
        @wraps(handler)
        def guarded(request: HttpRequest) -> HttpResponse:
            try:
                authenticate_service(request, audience=addresses.audiences(name))
                return handler(request, _body(request, max_bytes))
            except Refused:
                return answer(401, "Only this environment's own service account may call this.")
            except BadRequest as error:
                logger.warning("bad call", extra={"reason": str(error), "path": request.path})
                return answer(error.status, str(error))
            except (FeedsyncError, DatabaseTrouble) as error:
                logger.warning("call failed", extra={"reason": _told(error), "path": request.path})
                return answer(503 if isinstance(error, TransientError | DatabaseTrouble) else 500, "Try again later.")

        return guarded

    return decorate


def answer(status: int, said: str) -> HttpResponse:
    return JsonResponse({"error" if status >= 400 else "status": said}, status=status)


def _told(error: Exception) -> str:
    return str(error).partition("\n")[0]


def _body(request: HttpRequest, max_bytes: int) -> bytes:
    """Not `request.body`, which has a limit of another meaning."""
    told = str(request.META.get("CONTENT_LENGTH") or 0)
    if told.isdecimal() and int(told) > max_bytes:
        raise BadRequest(f"The body is larger than {max_bytes} bytes.", status=413)
    body: bytes = request.read(max_bytes + 1)
    if len(body) > max_bytes:
        raise BadRequest(f"The body is larger than {max_bytes} bytes.", status=413)
    return body
