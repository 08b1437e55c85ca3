"""Who reads this environment's export: a request in, the reader out, or Refused.

A reader proves itself by a signature with its secret, or by an OIDC token of its service account. Why a request was
refused goes to one log line, without secrets; views answer every refusal alike.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

from django.http import HttpRequest

from feedsync.auth import oidc, signing
from feedsync.auth.nonces import DatabaseNonces, NonceStore
from feedsync.conf import Reader, settings
from feedsync.errors import Refused
from feedsync.tasks import addresses

logger = logging.getLogger("feedsync.auth")


def authenticate(
    request: HttpRequest, *, nonces: NonceStore | None = None, clock: Callable[[], float] = time.time
) -> Reader:
    """The reader that made this request; raises Refused (answer 401) for everyone else."""
    header = request.headers.get("Authorization", "")
    try:
        if header.startswith(signing.SCHEME):
            return _by_signature(request, header, nonces=nonces or DatabaseNonces(), now=clock())
        if header.startswith("Bearer "):
            return _by_token(header.removeprefix("Bearer "))
        raise Refused("no credentials")
    except Refused as refusal:
        logger.warning(
            "request refused",
            extra={"reason": str(refusal), "path": request.path, "address": request.META.get("REMOTE_ADDR", "")},
        )
        raise


def message(request: HttpRequest) -> signing.Message:
    """The part of a request that a signature covers, as this environment sees it."""
    return signing.Message(
        environment=settings().environment,
        method=request.method or "",
        path=request.path,
        query=request.META.get("QUERY_STRING", ""),
        body=request.body,
    )


def _by_signature(request: HttpRequest, header: str, *, nonces: NonceStore, now: float) -> Reader:
    claim = signing.parse(header)
    reader = settings().readers.get(claim.reader)
    if reader is None or not reader.secret:
        raise Refused("unknown reader, or one without a secret")
    signing.verify(message(request), claim, secret=reader.secret, now=now, nonces=nonces)
    return reader


def _by_token(token: str) -> Reader:
    options = settings()
    accounts = {reader.service_account.lower(): reader for reader in options.readers.values() if reader.service_account}
    if not accounts:
        raise Refused("no reader has a service account")
    email = oidc.verified_email(token, audience=addresses.own_url(), certs_url=options.oidc_certs_url)
    if email not in accounts:
        raise Refused("service account of no reader")
    return accounts[email]
