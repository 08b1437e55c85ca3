"""One subscription's streaming pull, on a thread of its own: messages in, deliveries into the inbox.

Not the high-level client: it hands out one message at a time through a pool of threads, and pauses for ten seconds
after an outage. A stream that breaks is opened again, at once the first time (the cloud ends streams now and then),
then with growing pauses. Flow control is Pub/Sub's own, by what isn't acknowledged.
"""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Iterator
from typing import Any

from consumers.receiving.delivery import Delivery, Source
from consumers.streaming.inbox import Inbox
from consumers.streaming.leases import LEASE_SECONDS, Leases
from feedsync.errors import TransientError
from feedsync.transport import clients

MAX_MESSAGES = 1_000
MAX_BYTES = 20_000_000  # above the largest message
HEARTBEAT_SECONDS = 30.0
STREAM_SECONDS = 300.0  # then another is opened: a connection that died without a word is found out by that
HEALTHY_SECONDS = 1.0  # an open stream is silent until a message comes: one that lasts is taken for a good one
FAREWELL_SECONDS = 2.0
FIRST_PAUSE_SECONDS = 0.1
LONGEST_PAUSE_SECONDS = 5.0


class Stream:
    """`problem`: a sentence while nothing can be received, else empty."""

    def __init__(self, source: Source, inbox: Inbox) -> None:
        self.source = source
        self.leases = Leases(source.subscription)
        self._inbox = inbox
        self._closed = threading.Event()
        self._call: Any = None
        self._opened_at = self._good_since = 0.0
        self._failures = 0
        self._problem = ""
        self._thread = threading.Thread(target=self._run, name="feedsync-stream", daemon=True)

    def start(self) -> None:
        self.leases.start()
        self._thread.start()

    @property
    def problem(self) -> str:
        return "" if self._lasts else self._problem

    @property
    def alive(self) -> bool:
        """Whether its threads still run."""
        return self._thread.is_alive() and self.leases.alive

    @property
    def good_since(self) -> float:
        """On the monotonic clock, since when it is open but for short breaks; 0 while it can't be opened."""
        return self._good_since

    def stop(self) -> None:
        """Receive no more; what is held may still be acknowledged until `leases.close`."""
        self._closed.set()
        call = self._call
        if call is not None:
            call.cancel()
        self._thread.join(FAREWELL_SECONDS)

    @property
    def _lasts(self) -> bool:
        return 0 < self._opened_at < time.monotonic() - HEALTHY_SECONDS

    def _run(self) -> None:
        while not self._closed.is_set():
            error = self._receive()
            if self._closed.is_set():
                return
            self._failures = 1 if self._lasts else self._failures + 1
            self._opened_at = 0.0
            self._problem = _sentence(self.source.subscription, error, self._failures)
            if self._problem:
                self._good_since = 0.0
            pause = FIRST_PAUSE_SECONDS * 2 ** min(self._failures - 2, 10) if self._failures > 1 else 0.0
            self._closed.wait(min(pause, LONGEST_PAUSE_SECONDS))

    def _receive(self) -> Exception | None:
        """Until the stream ends; then why."""
        import grpc

        ended = threading.Event()
        try:
            self._call = self._open(ended)
            self._opened_at = time.monotonic()
            self._good_since = self._good_since or self._opened_at
            if self._closed.is_set():
                self._call.cancel()
            for response in self._call:
                self._failures, self._problem = 0, ""
                self._take_in(type(response).pb(response).received_messages)
        except (grpc.RpcError, TransientError) as error:
            return error
        finally:
            ended.set()
        return None

    def _open(self, ended: threading.Event) -> Any:
        # The transport's own method: the client's answers no call that could be cancelled.
        transport = clients.subscriber().transport
        routing = (("x-goog-request-params", f"subscription={self.source.subscription}"),)
        return transport.streaming_pull(self._requests(ended), metadata=routing, timeout=STREAM_SECONDS)

    def _requests(self, ended: threading.Event) -> Iterator[Any]:
        from google.pubsub_v1.types import StreamingPullRequest

        yield StreamingPullRequest(
            subscription=self.source.subscription,
            stream_ack_deadline_seconds=LEASE_SECONDS,
            max_outstanding_messages=MAX_MESSAGES,
            max_outstanding_bytes=MAX_BYTES,
            client_id=uuid.uuid4().hex,
        )
        while not ended.wait(HEARTBEAT_SECONDS):
            yield StreamingPullRequest()

    def _take_in(self, messages: Any) -> None:
        self.leases.hold(message.ack_id for message in messages)
        for received in messages:
            if not self._inbox.put(self._delivery(received), self._closed):
                return

    def _delivery(self, received: Any) -> Delivery:
        message = received.message
        return Delivery(
            source=self.source,
            ack_id=received.ack_id,
            data=message.data,
            attributes=dict(message.attributes),
            message_id=message.message_id,
            published_at=message.publish_time.seconds + message.publish_time.nanos / 1e9,
        )


def _sentence(subscription: str, error: Exception | None, failures: int) -> str:
    """What is wrong, and what to do; empty for an end that means nothing."""
    import grpc

    code = error.code() if isinstance(error, grpc.Call) else None
    if code is grpc.StatusCode.NOT_FOUND:
        return f"The subscription {subscription} does not exist: run `manage.py feedsync_setup`. Trying again."
    if code is grpc.StatusCode.PERMISSION_DENIED:
        return f"We may not read {subscription}: give our service account roles/pubsub.subscriber. Trying again."
    if failures < 2 and (error is None or code in (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.DEADLINE_EXCEEDED)):
        return ""
    reason = error.details() if isinstance(error, grpc.Call) else error
    return f"Pub/Sub can't be reached: {str(reason or 'the stream ended').rstrip('.')}. Trying again."
