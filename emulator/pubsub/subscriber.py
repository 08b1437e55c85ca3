"""The service google.pubsub.v1.Subscriber without its waiting calls and snapshots: wire messages in, state behind."""

from __future__ import annotations

from typing import Any

from emulator.paging import page
from emulator.pubsub import resources
from emulator.pubsub.acknowledging import check_answer, check_request
from emulator.pubsub.limits import check_extension
from emulator.pubsub.masks import updated
from emulator.pubsub.resources import shown_subscription
from emulator.pubsub.subscriptions import Subscriptions
from emulator.wire.pubsub import MESSAGES


class Subscriber:
    """Each method answers one call."""

    def __init__(self, subscriptions: Subscriptions, *, history: bool) -> None:
        self._subscriptions = subscriptions
        self._history = history

    def create_subscription(self, request: Any) -> Any:
        """Add a subscription."""
        shown = resources.new_subscription(request)
        settings = resources.settings(shown, history=self._history)
        return shown_subscription(self._subscriptions.create(request.name, request.topic, settings, shown=shown))

    def get_subscription(self, request: Any) -> Any:
        """Show a subscription."""
        return shown_subscription(self._subscriptions.get(request.subscription))

    def update_subscription(self, request: Any) -> Any:
        """Change what the mask names."""
        return self._change(request.subscription.name, request.subscription, request.update_mask)

    def list_subscriptions(self, request: Any) -> Any:
        """Show the subscriptions of a project."""
        found = self._subscriptions.of_project(request.project)
        names, token = page(found, size=request.page_size, token=request.page_token)
        shown = [shown_subscription(found[name]) for name in names]
        return MESSAGES["ListSubscriptionsResponse"](subscriptions=shown, next_page_token=token)

    def delete_subscription(self, request: Any) -> Any:
        """Take a subscription and its messages away."""
        self._subscriptions.delete(request.subscription)
        return MESSAGES["Empty"]()

    def modify_ack_deadline(self, request: Any) -> Any:
        """Extend leases; 0 gives the messages back."""
        subscription = self._subscriptions.usable(request.subscription)
        check_request(request)
        check_extension(request.ack_deadline_seconds)
        failed = subscription.backlog.extend(request.ack_ids, seconds=request.ack_deadline_seconds)
        check_answer(failed, exactly_once=subscription.settings.rules.exactly_once)
        return MESSAGES["Empty"]()

    def acknowledge(self, request: Any) -> Any:
        """Forget messages for good."""
        subscription = self._subscriptions.usable(request.subscription)
        check_request(request)
        failed = subscription.backlog.acknowledge(request.ack_ids)
        check_answer(failed, exactly_once=subscription.settings.rules.exactly_once)
        return MESSAGES["Empty"]()

    def modify_push_config(self, request: Any) -> Any:
        """Push to another endpoint; without one, the subscription is pulled from."""
        sent = MESSAGES["Subscription"](push_config=request.push_config)
        self._change(request.subscription, sent, MESSAGES["FieldMask"](paths=["push_config"]))
        return MESSAGES["Empty"]()

    def _change(self, name: str, sent: Any, mask: Any) -> Any:
        before = self._subscriptions.get(name).shown
        shown = resources.new_subscription(updated(before, sent, mask))
        settings = resources.settings(shown, history=self._history)
        return shown_subscription(self._subscriptions.change(name, settings, shown=shown))
