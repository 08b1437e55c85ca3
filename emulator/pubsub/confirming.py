"""Acknowledgements and extensions that come over a stream, and their confirmations.

With exactly-once delivery the client hears of every ack id what became of it; without it, nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from emulator.errors import InvalidArgument
from emulator.pubsub.acknowledging import Failure, check_ack_ids
from emulator.pubsub.limits import check_extension
from emulator.pubsub.subscriptions import Subscription
from emulator.wire.outgoing import MESSAGES

_FIELDS = {
    Failure.INVALID: "invalid_ack_ids",
    Failure.UNORDERED: "unordered_ack_ids",
    Failure.TEMPORARY: "temporary_failed_ack_ids",
}


def obey(subscription: Subscription, request: Any) -> Any | None:
    """Do what a request of the stream says; the response that confirms it, where one is owed."""
    if not request.ack_ids and not request.modify_deadline_ack_ids:
        return None
    late = _extend(subscription, request.modify_deadline_ack_ids, request.modify_deadline_seconds)
    lost = subscription.backlog.acknowledge(request.ack_ids) if request.ack_ids else {}
    if not subscription.settings.rules.exactly_once:
        check_ack_ids((*late, *lost))
        return None
    response = MESSAGES["StreamingPullResponse"]()
    if request.modify_deadline_ack_ids:
        _confirm(response.modify_ack_deadline_confirmation, request.modify_deadline_ack_ids, late)
    if request.ack_ids:
        _confirm(response.acknowledge_confirmation, request.ack_ids, lost)
    return response


def _extend(subscription: Subscription, ack_ids: Any, seconds: Any) -> dict[str, Failure]:
    if len(ack_ids) != len(seconds):
        raise InvalidArgument("modify_deadline_ack_ids and modify_deadline_seconds must be as long as each other.")
    groups: dict[int, list[str]] = {}  # {seconds: ack ids}
    for ack_id, each in zip(ack_ids, seconds, strict=True):
        check_extension(each)
        groups.setdefault(each, []).append(ack_id)
    failed: dict[str, Failure] = {}
    for each, group in groups.items():
        failed |= subscription.backlog.extend(group, seconds=each)
    return failed


def _confirm(confirmation: Any, ack_ids: Iterable[str], failed: Mapping[str, Failure]) -> None:
    for ack_id in ack_ids:
        failure = failed.get(ack_id)
        getattr(confirmation, _FIELDS[failure] if failure else "ack_ids").append(ack_id)
