"""The messages that one subscription has lent us: acknowledged after commit, kept while they are worked on.

In: ack ids that arrived (`hold`) and that are done (`ack`); out: Acknowledge and ModifyAckDeadline, on a thread of its
own so that the next batch need not wait for the last one's acknowledgement. An acknowledgement that fails is sent
again; should it be lost for good, the message comes again and changes nothing (invariant 4).
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence

from feedsync.errors import TransientError
from feedsync.transport import clients

logger = logging.getLogger("feedsync.consume")

LEASE_SECONDS = 60
EXTEND_SECONDS = 20.0  # three chances a lease
IDS_IN_REQUEST = 1_000  # Pub/Sub takes 512 KiB; an ack id has some 200 bytes
TIMEOUT_SECONDS = 10.0
PAUSE_SECONDS = 0.5
FAREWELL_SECONDS = 4.0
Call = Callable[[list[str]], None]


class Leases:
    def __init__(self, subscription: str, *, extend_seconds: float = EXTEND_SECONDS) -> None:
        self._subscription = subscription
        self._extend_seconds = extend_seconds
        self._lock = threading.Lock()
        self._held: set[str] = set()
        self._done: list[str] = []
        self._busy = threading.Event()
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._run, name="feedsync-leases", daemon=True)

    def start(self) -> None:
        self._thread.start()

    @property
    def alive(self) -> bool:
        return self._thread.is_alive()

    def hold(self, ack_ids: Iterable[str]) -> None:
        with self._lock:
            self._held.update(ack_ids)

    def ack(self, ack_ids: Sequence[str]) -> None:
        with self._lock:
            self._held.difference_update(ack_ids)
            self._done += ack_ids
        self._busy.set()

    def close(self) -> None:
        """Send the last acknowledgements and give everything else back, for other consumers to have it at once."""
        self._closing.set()
        self._busy.set()
        self._thread.join(FAREWELL_SECONDS)

    def _run(self) -> None:
        extended = time.monotonic()
        while not self._closing.is_set():
            self._busy.wait(max(0.0, extended + self._extend_seconds - time.monotonic()))
            self._busy.clear()
            if not self._acknowledge():
                self._closing.wait(PAUSE_SECONDS)
            if time.monotonic() >= extended + self._extend_seconds:
                extended = time.monotonic()
                self._send(self._extend(LEASE_SECONDS), self._holding())
        self._acknowledge()
        self._send(self._extend(0), self._holding())

    def _holding(self) -> list[str]:
        with self._lock:
            return list(self._held)

    def _acknowledge(self) -> bool:
        with self._lock:
            done, self._done = self._done, []
        unsent = self._send(self._acknowledgement, done)
        if unsent:
            with self._lock:
                self._done = unsent + self._done
            self._busy.set()
        return not unsent

    def _send(self, call: Call, ack_ids: list[str]) -> list[str]:
        """Answers what is to be sent again."""
        from google.api_core import exceptions
        from google.auth.exceptions import GoogleAuthError

        unsent: list[str] = []
        for chunk in _chunks(ack_ids):
            try:
                call(chunk)
            except (exceptions.NotFound, exceptions.BadRequest, exceptions.Forbidden) as error:
                # It would be refused again: the subscription is gone, or the ids are no longer known.
                logger.warning("Pub/Sub refused ack ids: %s", error, extra={"subscription": self._subscription})
            except (exceptions.GoogleAPICallError, GoogleAuthError, TransientError):
                unsent += chunk
        return unsent

    def _acknowledgement(self, ack_ids: list[str]) -> None:
        clients.subscriber().acknowledge(
            subscription=self._subscription, ack_ids=ack_ids, retry=None, timeout=TIMEOUT_SECONDS
        )

    def _extend(self, seconds: int) -> Call:
        def call(ack_ids: list[str]) -> None:
            clients.subscriber().modify_ack_deadline(
                subscription=self._subscription,
                ack_ids=ack_ids,
                ack_deadline_seconds=seconds,
                retry=None,
                timeout=TIMEOUT_SECONDS,
            )

        return call


def _chunks(ack_ids: list[str]) -> Iterator[list[str]]:
    for start in range(0, len(ack_ids), IDS_IN_REQUEST):
        yield ack_ids[start : start + IDS_IN_REQUEST]
