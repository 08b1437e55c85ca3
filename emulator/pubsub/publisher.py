"""The service google.pubsub.v1.Publisher: wire messages in and out, state behind."""

from __future__ import annotations

from typing import Any

from emulator.errors import InvalidArgument
from emulator.paging import page
from emulator.pubsub import resources
from emulator.pubsub.drafts import MAX_REQUEST_BYTES, Draft
from emulator.pubsub.masks import updated
from emulator.pubsub.snapshots import Snapshots
from emulator.pubsub.subscriptions import Subscriptions
from emulator.pubsub.topics import Topics
from emulator.wire.pubsub import MESSAGES


class Publisher:
    """Each method answers one call."""

    def __init__(self, topics: Topics, subscriptions: Subscriptions, snapshots: Snapshots) -> None:
        self._topics = topics
        self._subscriptions = subscriptions
        self._snapshots = snapshots

    def create_topic(self, request: Any) -> Any:
        """Add a topic."""
        shown = resources.new_topic(request)
        return self._topics.create(request.name, shown, retention_seconds=resources.topic_retention(shown)).shown

    def get_topic(self, request: Any) -> Any:
        """Show a topic."""
        return self._topics.get(request.topic).shown

    def update_topic(self, request: Any) -> Any:
        """Change what the mask names."""
        before = self._topics.get(request.topic.name).shown
        shown = resources.new_topic(updated(before, request.topic, request.update_mask))
        retention = resources.topic_retention(shown)
        return self._topics.change(request.topic.name, shown, retention_seconds=retention).shown

    def list_topics(self, request: Any) -> Any:
        """Show the topics of a project."""
        found = self._topics.of_project(request.project)
        names, token = page(found, size=request.page_size, token=request.page_token)
        return MESSAGES["ListTopicsResponse"](topics=[found[name].shown for name in names], next_page_token=token)

    def list_topic_subscriptions(self, request: Any) -> Any:
        """Name the subscriptions that are attached to a topic."""
        found = sorted(self._topics.get(request.topic).followers)
        names, token = page(found, size=request.page_size, token=request.page_token)
        return MESSAGES["ListTopicSubscriptionsResponse"](subscriptions=names, next_page_token=token)

    def list_topic_snapshots(self, request: Any) -> Any:
        """Name the snapshots of a topic."""
        found = self._snapshots.of_topic(request.topic)
        names, token = page(found, size=request.page_size, token=request.page_token)
        return MESSAGES["ListTopicSnapshotsResponse"](snapshots=names, next_page_token=token)

    def delete_topic(self, request: Any) -> Any:
        """Take a topic away; its subscriptions show that it is gone."""
        self._topics.delete(request.topic)
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
        self._subscriptions.detach(request.subscription)
        return MESSAGES["DetachSubscriptionResponse"]()
