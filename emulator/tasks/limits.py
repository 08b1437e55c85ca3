"""What Cloud Tasks refuses in queues and tasks, as https://docs.cloud.google.com/tasks/docs/quotas and its API say."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from emulator.errors import InvalidArgument
from emulator.outgoing import is_header
from emulator.wire.tasks import V2BETA3

METHOD = V2BETA3["HttpMethod"]
MAX_PER_SECOND = 500
MAX_CONCURRENT = 5000
MAX_HTTP_TASK_BYTES = 1024 * 1024
MAX_APP_ENGINE_TASK_BYTES = 100 * 1024
MAX_AHEAD_SECONDS = 30 * 86_400
MAX_URL_CHARACTERS = 2083
MAX_HEADER_BYTES = 80 * 1024
MIN_DEADLINE_SECONDS = 15
MAX_HTTP_DEADLINE_SECONDS = 30 * 60
MAX_APP_ENGINE_DEADLINE_SECONDS = 86_415


def check_range(field: str, value: float, lowest: float, highest: float) -> None:
    """Refuse a value out of its range."""
    if not lowest <= value <= highest:
        raise InvalidArgument(f"{field} must be between {lowest:g} and {highest:g}, not {value:g}.")


def check_target(task: Any) -> None:
    """Refuse a target that could never be called."""
    if task.HasField("http_request"):
        _check_http(task)
    elif task.HasField("app_engine_http_request"):
        _check_app_engine(task)
    else:
        raise InvalidArgument("A task needs an http_request or an app_engine_http_request.")


def _check_http(task: Any) -> None:
    request = task.http_request
    check_url(request.url)
    _check_size(task, MAX_HTTP_TASK_BYTES)
    _check_headers(request.headers)
    allowed = (METHOD.HTTP_METHOD_UNSPECIFIED, METHOD.POST, METHOD.PUT, METHOD.PATCH)
    if request.body and request.http_method not in allowed:
        raise InvalidArgument(f"A task with the method {METHOD.Name(request.http_method)} may not have a body.")
    for token in ("oidc_token", "oauth_token"):
        if request.HasField(token) and not getattr(request, token).service_account_email:
            raise InvalidArgument(f"http_request.{token}.service_account_email must be set.")


def _check_app_engine(task: Any) -> None:
    request = task.app_engine_http_request
    _check_size(task, MAX_APP_ENGINE_TASK_BYTES)
    _check_headers(request.headers)
    uri = request.relative_uri
    if (uri and not uri.startswith("/")) or " " in uri or len(uri) > MAX_URL_CHARACTERS:
        raise InvalidArgument(
            f"Invalid relative_uri: it starts with /, without spaces, {MAX_URL_CHARACTERS} characters."
        )
    if request.body and request.http_method not in (METHOD.HTTP_METHOD_UNSPECIFIED, METHOD.POST, METHOD.PUT):
        raise InvalidArgument(f"A task with the method {METHOD.Name(request.http_method)} may not have a body.")


def check_http_target(target: Any) -> None:
    """Refuse a queue's target that no request could be sent to."""
    override = target.uri_override
    if override.HasField("host") and not override.host:
        raise InvalidArgument("http_target.uri_override.host may not be empty.")
    if override.HasField("port"):
        check_range("http_target.uri_override.port", override.port, 0, 65_535)
    _check_headers({each.header.key: each.header.value for each in target.header_overrides})
    if target.HasField("oidc_token") and not (target.oidc_token.service_account_email and target.oidc_token.audience):
        raise InvalidArgument("http_target.oidc_token needs a service_account_email and an audience.")
    if target.HasField("oauth_token") and not (target.oauth_token.service_account_email and target.oauth_token.scope):
        raise InvalidArgument("http_target.oauth_token needs a service_account_email and a scope.")


def check_url(url: str) -> None:
    """Refuse what is no URL of HTTP."""
    if len(url) > MAX_URL_CHARACTERS:
        raise InvalidArgument(f"The URL has more than {MAX_URL_CHARACTERS} characters.")
    try:
        parts = urlsplit(url)
        valid = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:  # of the port, or of an address in brackets
        valid = False
    if not valid:
        raise InvalidArgument(f"Invalid URL {url!r}: it must start with http:// or https:// and name a host.")


def _check_size(task: Any, most: int) -> None:
    if task.ByteSize() > most:
        raise InvalidArgument(f"The task has {task.ByteSize()} bytes; {most} are allowed.")


def _check_headers(headers: Mapping[str, str]) -> None:
    size = sum(len(name.encode()) + len(value.encode()) for name, value in headers.items())
    if size >= MAX_HEADER_BYTES:
        raise InvalidArgument(f"The headers have {size} bytes; less than {MAX_HEADER_BYTES} are allowed.")
    for name, value in headers.items():
        if not is_header(name, value):
            raise InvalidArgument(f"Invalid header {name!r}.")
