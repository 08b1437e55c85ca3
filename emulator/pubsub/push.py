"""Where a subscription's messages are pushed to, and the request that pushes one, wrapped in JSON or as it is."""

from __future__ import annotations

import base64
import datetime as dt
import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from emulator.errors import InvalidArgument
from emulator.outgoing import Answered, Outcome, Outgoing, check_installed, is_header
from emulator.pubsub.messages import Message

_ACKNOWLEDGING = (102, 200, 201, 202, 204)
_OF_HTTP = ("connection", "content-length", "host", "keep-alive", "te", "trailer", "transfer-encoding", "upgrade")
_AGENT = "CloudPubSub-Google"


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """The push configuration of a subscription."""

    endpoint: str
    wrapped: bool = True
    write_metadata: bool = False  # in headers, of messages that are not wrapped
    account: str = ""  # whose ID token comes along, if any
    audience: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pushed:
    """A message on its way."""

    message: Message
    subscription: str
    attempt: int | None  # only where attempts are limited


def target(config: Any) -> Target | None:
    """The target of a push configuration on the wire; None: the subscription is pulled."""
    if not config.push_endpoint:
        return None
    _check_endpoint(config.push_endpoint)
    check_installed()
    return Target(
        endpoint=config.push_endpoint,
        wrapped=not config.HasField("no_wrapper"),
        write_metadata=config.no_wrapper.write_metadata,
        account=config.oidc_token.service_account_email,
        audience=config.oidc_token.audience or config.push_endpoint,
    )


def request(to: Target, pushed: Pushed) -> Outgoing:
    """The request, without a token."""
    if to.wrapped:
        headers = {"Content-Type": "application/json", "Accept": "application/json"}
        body = json.dumps(_wrapped(pushed)).encode()
    else:
        headers = _metadata(pushed) if to.write_metadata else {}
        body = pushed.message.data
    return Outgoing(verb="POST", url=to.endpoint, headers={**headers, "User-Agent": _AGENT}, body=body)


def acknowledges(outcome: Outcome) -> bool:
    """Whether the message needs no other delivery."""
    return isinstance(outcome, Answered) and outcome.status in _ACKNOWLEDGING


def _wrapped(pushed: Pushed) -> dict[str, Any]:
    message = pushed.message
    time = _rfc3339(message.publish_time)
    inner: dict[str, Any] = {
        "messageId": message.message_id,
        "message_id": message.message_id,
        "publishTime": time,
        "publish_time": time,
    }
    if message.attributes:
        inner["attributes"] = dict(message.attributes)
    if message.data:
        inner["data"] = base64.b64encode(message.data).decode()
    if message.ordering_key:
        inner["orderingKey"] = message.ordering_key
    outer: dict[str, Any] = {"message": inner, "subscription": pushed.subscription}
    if pushed.attempt is not None:
        outer["deliveryAttempt"] = pushed.attempt
    return outer


def _metadata(pushed: Pushed) -> dict[str, str]:
    message = pushed.message
    # What HTTP cannot carry, or uses itself, would keep the message from ever arriving.
    attributes = {name: value for name, value in message.attributes.items() if _may_be_header(name, value)}
    headers = {
        **attributes,
        "x-goog-pubsub-subscription-name": pushed.subscription,
        "x-goog-pubsub-message-id": message.message_id,
        "x-goog-pubsub-publish-time": _rfc3339(message.publish_time),
    }
    if message.ordering_key:
        headers["x-goog-pubsub-ordering-key"] = message.ordering_key
    if pushed.attempt is not None:
        headers["x-goog-pubsub-delivery-attempt"] = str(pushed.attempt)
    return headers


def _may_be_header(name: str, value: str) -> bool:
    return is_header(name, value) and name.lower() not in _OF_HTTP


def _rfc3339(when: float) -> str:
    return dt.datetime.fromtimestamp(when, dt.UTC).isoformat(timespec="milliseconds")[:-6] + "Z"


def _check_endpoint(endpoint: str) -> None:
    try:
        parts = urlsplit(endpoint)
        valid = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:  # of the port, or of an address in brackets
        valid = False
    if not valid:
        raise InvalidArgument(f"Invalid push endpoint {endpoint!r}: it must be a URL with http or https.")
