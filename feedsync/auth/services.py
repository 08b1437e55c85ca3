"""Google's own calls to this environment, Cloud Tasks and Pub/Sub push: a request in, its service account out.

They sign in with an OIDC token of the account in FEEDSYNC['SERVICE_ACCOUNT_EMAIL'] whose audience is the URL that is
called; without that setting every such call is refused.
"""

from __future__ import annotations

import logging
from collections.abc import Collection

from django.http import HttpRequest

from feedsync.auth import oidc
from feedsync.conf import settings
from feedsync.errors import Refused

logger = logging.getLogger("feedsync.auth")


def authenticate_service(request: HttpRequest, *, audience: str | Collection[str]) -> str:
    """The e-mail address of the caller, which is this environment's own service account; raises Refused."""
    try:
        return _service_account(request.headers.get("Authorization", ""), audience)
    except Refused as refusal:
        logger.warning(
            "service call refused",
            extra={"reason": str(refusal), "path": request.path, "address": request.META.get("REMOTE_ADDR", "")},
        )
        raise


def _service_account(header: str, audience: str | Collection[str]) -> str:
    options = settings()
    if not options.service_account_email:
        raise Refused("FEEDSYNC['SERVICE_ACCOUNT_EMAIL'] is not set")
    if not header.startswith("Bearer "):
        raise Refused("no credentials")
    email = oidc.verified_email(header.removeprefix("Bearer "), audience=audience, certs_url=options.oidc_certs_url)
    if email != options.service_account_email.lower():
        raise Refused("token of another service account")
    return email
