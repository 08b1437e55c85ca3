"""What a queue's HTTP target changes in the requests of its tasks."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit, urlunsplit

from emulator.errors import FailedPrecondition
from emulator.wire.tasks import V2BETA3

_SCHEME = V2BETA3["UriOverride.Scheme"]
_MODE = V2BETA3["UriOverride.UriOverrideEnforceMode"]


def applied(request: Any, target: Any) -> Any:
    """A copy of the task's request with the queue's settings in it."""
    changed = type(request)()
    changed.CopyFrom(request)
    if target.HasField("uri_override"):
        changed.url = _url(request.url, target.uri_override)
    if target.http_method:
        changed.http_method = target.http_method
    for override in target.header_overrides:
        for name in [each for each in changed.headers if each.lower() == override.header.key.lower()]:
            del changed.headers[name]
        changed.headers[override.header.key] = override.header.value
    for token in ("oauth_token", "oidc_token"):
        if target.HasField(token):
            getattr(changed, token).CopyFrom(getattr(target, token))
    return changed


def address(override: Any) -> str:
    """The URL that an override makes by itself, or FailedPrecondition: without a host it makes none."""
    if not override.host:
        raise FailedPrecondition("Tasks are buffered where the queue's http_target.uri_override has a host.")
    scheme = "http" if override.scheme == _SCHEME.HTTP else "https"
    return _url(f"{scheme}://{override.host}", override)


def _url(url: str, override: Any) -> str:
    """The URL with its parts replaced; with IF_NOT_EXISTS only those that the task leaves out."""
    parts = urlsplit(url)
    spare = override.uri_override_enforce_mode == _MODE.IF_NOT_EXISTS
    scheme, host, port, path, query = parts.scheme, parts.hostname or "", parts.port, parts.path, parts.query
    if override.scheme and not (spare and scheme):
        scheme = _SCHEME.Name(override.scheme).lower()
    if override.host and not (spare and host):
        host = override.host
    if override.HasField("port") and not (spare and port):
        port = override.port or None
    if override.HasField("path_override") and not (spare and path.strip("/")):
        path = override.path_override.path
    if override.HasField("query_override") and not (spare and query):
        query = override.query_override.query_params
    host = f"[{host}]" if ":" in host else host
    if path and not path.startswith("/"):
        path = f"/{path}"
    return urlunsplit((scheme or "https", f"{host}:{port}" if port else host, path, query, ""))
