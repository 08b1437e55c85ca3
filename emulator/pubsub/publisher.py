"""The service google.pubsub.v1.Publisher: wire messages in and out, state behind."""

from __future__ import annotations

from typing import Any

from emulator.errors import InvalidArgument
from emulator.paging import page
from emulator.pubsub import resources
from emulator.pubsub.subscriptions import Subscriptions
from emulator.pubsub.topics import MAX_REQUEST_BYTES, Draft, Topics
from emulator.wire.pubsub import MESSAGES


class Publisher:
    """Each method answers one call."""

    def __init__(self, topics: Topics, subscriptions: Subscriptions) -> None:
        self._topics = topics
        self._subscriptions = subscriptions

    def create_topic(self, request: Any) -> Any:
        """Add a topic."""
        return self._topics.create(request.name, resources.new_topic(request)).shown

    def get_topic(self, request: Any) -> Any:
        """Show a topic."""
        return self._topics.get(request.topic).shown

    def update_topic(self, request: Any) -> Any:
        """Change what the mask names."""
        topic = self._topics.get(request.topic.name)
        shown = resources.updated(topic.shown, request.topic, request.update_mask)
        return self._topics.change(topic.name, shown).shown

    def list_topics(self, request: Any) -> Any:
        """Show the topics of a project."""
        found = {topic.name: topic.shown for topic in self._topics.of_project(request.project)}
        names, token = page(list(found), size=request.page_size, token=request.page_token)
        return MESSAGES["ListTopicsResponse"](topics=[found[name] for name in names], next_page_token=token)

    def list_topic_subscriptions(self, request: Any) -> Any:
        """Name the subscriptions of a topic."""
        found = sorted(self._topics.get(request.topic).feeds)
        names, token = page(found, size=request.page_size, token=request.page_token)
        return MESSAGES["ListTopicSubscriptionsResponse"](subscriptions=names, next_page_token=token)

    def delete_topic(self, request: Any) -> Any:
        """Take a topic away; its subscriptions show that it is gone."""
        self._topics.delete(request.topic)
        self._subscriptions.orphan(request.topic)
        return MESSAGES["Empty"]()

    def publish(self, request: Any) -> Any:
        """Take messages over."""
        size = request.ByteSize()
        if size > MAX_REQUEST_BYTES:
            raise InvalidArgument(f"The request has {size} bytes; {MAX_REQUEST_BYTES} are allowed.")
        drafts = [
            Draft(data=sent.data, attributes=dict(sent.attributes), ordering_key=sent.ordering_key)
            for sent in request.messages
        ]
        return MESSAGES["PublishResponse"](message_ids=self._topics.publish(request.topic, drafts))

    def detach_subscription(self, request: Any) -> Any:
        """Cut a subscription off its topic."""
        subscription = self._subscriptions.detach(request.subscription)
        subscription.shown.detached = True
        return MESSAGES["DetachSubscriptionResponse"]()
