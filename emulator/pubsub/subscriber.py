"""The service google.pubsub.v1.Subscriber without its waiting calls: wire messages in and out, state behind."""

from __future__ import annotations

from typing import Any

from emulator.errors import InvalidArgument, Unimplemented
from emulator.paging import page
from emulator.pubsub import resources
from emulator.pubsub.subscriptions import Subscription, Subscriptions
from emulator.pubsub.topics import DELETED
from emulator.wire.pubsub import MESSAGES

MAX_ACK_SECONDS = 600


class Subscriber:
    """Each method answers one call."""

    def __init__(self, subscriptions: Subscriptions, *, history: bool) -> None:
        self._subscriptions = subscriptions
        self._history = history

    def create_subscription(self, request: Any) -> Any:
        """Add a subscription."""
        shown = resources.new_subscription(request)
        settings = resources.settings(shown, history=self._history)
        return self._subscriptions.create(request.name, request.topic, settings, shown=shown).shown

    def get_subscription(self, request: Any) -> Any:
        """Show a subscription."""
        return _shown(self._subscriptions.get(request.subscription))

    def update_subscription(self, request: Any) -> Any:
        """Change what the mask names."""
        name = request.subscription.name
        before = self._subscriptions.get(name).shown
        shown = resources.new_subscription(resources.updated(before, request.subscription, request.update_mask))
        settings = resources.settings(shown, history=self._history)
        return _shown(self._subscriptions.change(name, settings, shown=shown))

    def list_subscriptions(self, request: Any) -> Any:
        """Show the subscriptions of a project."""
        found = {each.name: each for each in self._subscriptions.of_project(request.project)}
        names, token = page(list(found), size=request.page_size, token=request.page_token)
        shown = [_shown(found[name]) for name in names]
        return MESSAGES["ListSubscriptionsResponse"](subscriptions=shown, next_page_token=token)

    def delete_subscription(self, request: Any) -> Any:
        """Take a subscription and its messages away."""
        self._subscriptions.delete(request.subscription)
        return MESSAGES["Empty"]()

    def modify_ack_deadline(self, request: Any) -> Any:
        """Extend leases; 0 gives the messages back."""
        seconds = checked_extension(request.ack_deadline_seconds)
        self._subscriptions.usable(request.subscription).backlog.extend(request.ack_ids, seconds=seconds)
        return MESSAGES["Empty"]()

    def acknowledge(self, request: Any) -> Any:
        """Forget messages for good."""
        self._subscriptions.usable(request.subscription).backlog.acknowledge(request.ack_ids)
        return MESSAGES["Empty"]()

    def modify_push_config(self, request: Any) -> Any:
        """Keep and show the push configuration; nothing is pushed."""
        self._subscriptions.get(request.subscription).shown.push_config.CopyFrom(request.push_config)
        return MESSAGES["Empty"]()

    def seek(self, request: Any) -> Any:
        """Owe what was published since a time."""
        if not request.HasField("time"):
            raise Unimplemented("The emulator has no snapshots; seek to a time.")
        since = request.time.seconds + request.time.nanos / 1e9
        backlog = self._subscriptions.usable(request.subscription).backlog
        backlog.owe(message for message in backlog.known() if message.publish_time >= since)
        return MESSAGES["SeekResponse"]()


def checked_extension(seconds: int) -> int:
    """A lease extension within the cloud's limits."""
    if not 0 <= seconds <= MAX_ACK_SECONDS:
        raise InvalidArgument(f"An ack deadline is 0 to {MAX_ACK_SECONDS} seconds, not {seconds}.")
    return seconds


def _shown(subscription: Subscription) -> Any:
    if subscription.topic == DELETED:
        subscription.shown.topic = DELETED
    return subscription.shown
