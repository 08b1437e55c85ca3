"""Answers to acknowledgements and extensions: what failed and why, in the words that official clients know."""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Any

from emulator.errors import InvalidArgument

# An acknowledgement whose answer was lost is sent again: that many are remembered.
_REMEMBERED = 10_000
_MAX_REQUEST_BYTES = 512 * 1024
_ACK_ID = re.compile(r"[0-9a-f]+-[0-9]+")


class Failure(StrEnum):
    """Why one ack id failed; with exactly-once delivery, clients are told."""

    INVALID = "PERMANENT_FAILURE_INVALID_ACK_ID"
    UNORDERED = "PERMANENT_FAILURE_UNORDERED_ACK_ID"
    TEMPORARY = "TRANSIENT_FAILURE_INVALID_ACK_ID"


class Settled:
    """Ack ids that did their work not long ago."""

    def __init__(self) -> None:
        self._ack_ids: OrderedDict[str, None] = OrderedDict()  # a plain dict is slow at its beginning

    def __contains__(self, ack_id: str) -> bool:
        return ack_id in self._ack_ids

    def add(self, ack_id: str) -> None:
        """Remember one, and forget the oldest."""
        self._ack_ids[ack_id] = None
        if len(self._ack_ids) > _REMEMBERED:
            self._ack_ids.popitem(last=False)


def new_ack_id(delivery: int, message: int) -> str:
    """The ack id of a delivery, from the numbers of both."""
    return f"{delivery:x}-{message}"


def check_request(request: Any) -> None:
    """Refuse an Acknowledge or ModifyAckDeadline outside the limits."""
    if not request.ack_ids:
        raise InvalidArgument("No ack ids specified.")
    if request.ByteSize() > _MAX_REQUEST_BYTES:
        raise InvalidArgument(f"The request has {request.ByteSize()} bytes; {_MAX_REQUEST_BYTES} are allowed.")


def check_answer(failed: Mapping[str, Failure], *, exactly_once: bool) -> None:
    """Refuse what failed: with exactly-once delivery everything, else only what was never an ack id."""
    if exactly_once and failed:
        raise InvalidArgument(
            "Some acknowledgement ids in the request were invalid. This could be because the acknowledgement ids have"
            " expired or the acknowledgement ids were malformed.",
            reason="EXACTLY_ONCE_ACKID_FAILURE",
            metadata={ack_id: str(failure) for ack_id, failure in failed.items()},
        )
    check_ack_ids(failed)


def check_ack_ids(ack_ids: Iterable[str]) -> None:
    """Refuse what was never an ack id; outdated ones pass."""
    for each in ack_ids:
        if _ACK_ID.fullmatch(each) is None:
            raise InvalidArgument(f"You have passed an invalid ack ID to the service (ack_id={each}).")
