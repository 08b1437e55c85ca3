"""Dead letters: a message that could not be delivered, as it is published to the dead-letter topic."""

from __future__ import annotations

from datetime import UTC, datetime

from emulator.pubsub.drafts import Draft
from emulator.pubsub.messages import Message

_PREFIX = "CloudPubSubDeadLetterSource"


def as_dead_letter(message: Message, *, subscription: str, attempts: int) -> Draft:
    """The message with attributes that say where it comes from."""
    _, project, _, identifier = subscription.split("/")
    published = datetime.fromtimestamp(message.publish_time, UTC)
    attributes = {
        **message.attributes,
        f"{_PREFIX}DeliveryCount": str(attempts),
        f"{_PREFIX}Subscription": identifier,
        f"{_PREFIX}SubscriptionProject": project,
        f"{_PREFIX}TopicPublishTime": published.isoformat(timespec="milliseconds"),
    }
    return Draft(data=message.data, attributes=attributes, ordering_key=message.ordering_key)
