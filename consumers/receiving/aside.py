"""Messages that Pub/Sub put aside after too many deliveries: taken from the dead-letter subscription, and brought back.

Each goes through the judgement and application of any other message, and is acknowledged after the commit; what fails
again stays where it is (invariant 7). Versions decide as always, so bringing back what is old changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from consumers.models import DataSource
from consumers.receiving.delivery import Delivery, Source, source_of
from consumers.receiving.handling import Ack, Retry, handle
from consumers.receiving.judging import judge
from feedsync import clock, registry
from feedsync.provisioning.dead_letters import subscription_name
from feedsync.transport import clients

BATCH = 100
TIMEOUT_SECONDS = 10.0
CAME_FROM = "CloudPubSubDeadLetterSourceSubscription"


@dataclass(frozen=True, slots=True, kw_only=True)
class Returned:
    """`result` None: it is of no data source of ours, and stays."""

    delivery: Delivery
    result: Ack | Retry | None


def bring_back() -> Iterator[Returned]:
    """Until nothing is left, or nothing of a batch could be brought back."""
    for alias in sorted({feed.alias for feed in registry.feeds()}):
        clock.own(alias)
    moved = True
    while moved and (messages := _pull()):
        moved = False
        for returned in _batch(messages):
            if isinstance(returned.result, Ack):
                moved = True
                _acknowledge([returned.delivery])
            yield returned


def waiting() -> list[Delivery]:
    """A look at the first of them, which are given back at once."""
    messages = _pull()
    client = clients.subscriber()
    ack_ids = [message.ack_id for message in messages]
    if ack_ids:
        client.modify_ack_deadline(subscription=subscription_name(), ack_ids=ack_ids, ack_deadline_seconds=0)
    return [_delivery(message, _sources()) or _foreign(message) for message in messages]


def _batch(messages: Sequence[Any]) -> Iterator[Returned]:
    sources = _sources()
    for message in messages:
        delivery = _delivery(message, sources)
        if delivery is None:
            yield Returned(delivery=_foreign(message), result=None)
        else:
            [result] = handle([judge(delivery)])
            yield Returned(delivery=delivery, result=result)


def _pull() -> Sequence[Any]:
    from google.api_core import exceptions

    try:
        answer = clients.subscriber().pull(
            subscription=subscription_name(), max_messages=BATCH, timeout=TIMEOUT_SECONDS, retry=None
        )
    except exceptions.DeadlineExceeded:
        return []
    return list(answer.received_messages)


def _acknowledge(deliveries: Sequence[Delivery]) -> None:
    ack_ids = [delivery.ack_id for delivery in deliveries]
    clients.subscriber().acknowledge(subscription=subscription_name(), ack_ids=ack_ids, timeout=TIMEOUT_SECONDS)


def _sources() -> dict[tuple[str, str], Source]:
    """{(project, id of the subscription): source}, disabled ones too: their changes are ours all the same."""
    sources = map(source_of, DataSource.objects.exclude(subscription=""))
    return {(path[1], path[3]): source for source in sources if (path := source.subscription.split("/"))}


def _delivery(message: Any, sources: dict[tuple[str, str], Source]) -> Delivery | None:
    attributes = dict(message.message.attributes)
    place = (attributes.get(f"{CAME_FROM}Project", ""), attributes.get(CAME_FROM, "").rpartition("/")[2])
    source = sources.get(place)
    return _made(message, source) if source else None


def _foreign(message: Any) -> Delivery:
    name = message.message.attributes.get(CAME_FROM, "an unknown subscription")
    return _made(message, Source(name=name, subscription=""))


def _made(message: Any, source: Source) -> Delivery:
    return Delivery(
        source=source,
        ack_id=message.ack_id,
        data=message.message.data,
        attributes=dict(message.message.attributes),
        message_id=message.message.message_id,
    )
