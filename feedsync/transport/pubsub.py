"""Pages to a Pub/Sub topic, over Google's synchronous client: no threads, no batching behind one's back.

Pages in; out when Pub/Sub confirmed them, else TransientError after a few attempts. Several pages travel in one
request.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from typing import Any

from tenacity import RetryCallState, Retrying, retry_if_exception, stop_after_attempt, wait_random_exponential

from feedsync.conf import settings
from feedsync.errors import TransientError
from feedsync.transport import clients
from feedsync.transport.names import topic_path
from feedsync.wire.page import Page

logger = logging.getLogger("feedsync.transport")

MESSAGES_IN_REQUEST = 1_000
BYTES_IN_REQUEST = 9_000_000  # Pub/Sub takes 10 MB
OVERHEAD_BYTES = 200  # attributes and framing of a message
ATTEMPTS = 3
TIMEOUT_SECONDS = 20


class PubSubPublisher:
    """The publisher of one topic."""

    def __init__(self, topic: str) -> None:
        self.topic = topic_path(topic)

    def publish(self, pages: Sequence[Page]) -> None:
        from google.api_core.exceptions import GoogleAPICallError
        from google.auth.exceptions import GoogleAuthError

        try:
            for request in _requests(pages):
                self._send(request)
        except (GoogleAPICallError, GoogleAuthError) as error:
            raise TransientError(_sentence(self.topic, error)) from error

    def _send(self, pages: Sequence[Page]) -> None:
        messages = [{"data": page.data, "attributes": page.attributes} for page in pages]
        client = clients.publisher()
        for attempt in Retrying(
            retry=retry_if_exception(_passing),
            stop=stop_after_attempt(ATTEMPTS),
            wait=wait_random_exponential(multiplier=0.1, max=2),
            before_sleep=_log,
            reraise=True,
        ):
            with attempt:
                client.publish(topic=self.topic, messages=messages, retry=None, timeout=TIMEOUT_SECONDS)


def configured() -> PubSubPublisher | None:
    """The publisher of the settings' topic; None where TOPIC is None."""
    topic = settings().topic
    return None if topic is None else PubSubPublisher(topic)


def _requests(pages: Sequence[Page]) -> Iterator[list[Page]]:
    request: list[Page] = []
    size = 0
    for page in pages:
        bytes_ = len(page.data) + OVERHEAD_BYTES
        if request and (len(request) >= MESSAGES_IN_REQUEST or size + bytes_ > BYTES_IN_REQUEST):
            yield request
            request, size = [], 0
        request.append(page)
        size += bytes_
    if request:
        yield request


def _passing(error: BaseException) -> bool:
    """Whether the same request may work in a moment."""
    from google.api_core import exceptions

    passing = (exceptions.ServerError, exceptions.TooManyRequests, exceptions.Aborted, exceptions.Cancelled)
    return isinstance(error, passing)


def _sentence(topic: str, error: Exception) -> str:
    from google.api_core.exceptions import Forbidden, NotFound

    if isinstance(error, NotFound):
        return f"The topic {topic} does not exist: run `manage.py feedsync_setup`."
    if isinstance(error, Forbidden):
        return f"This environment may not publish to {topic}: give its service account roles/pubsub.publisher."
    return f"Pub/Sub did not confirm a publication to {topic}: {error}"


def _log(state: RetryCallState) -> None:
    error: Any = state.outcome.exception() if state.outcome else None
    logger.warning("publishing failed, trying again", extra={"attempt": state.attempt_number, "error": str(error)})
