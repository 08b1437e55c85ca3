"""The first page: every topic, subscription and queue, with what waits in them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from emulator.console.html import Markup, table
from emulator.console.layout import age, link, page, section
from emulator.pubsub.subscriptions import Subscription
from emulator.state import State

_TOPICS = ("Topic", "Project", "Subscriptions")
_SUBSCRIPTIONS = ("Subscription", "Topic", "Backlog", "Leased", "Oldest")
_QUEUES = ("Queue", "State", "Tasks", "Under way")


def overview(state: State) -> Markup:
    """The page."""
    now = state.clock()
    topics = sorted(state.topics.all(), key=lambda topic: topic.name)
    subscriptions = sorted(state.subscriptions.all(), key=lambda subscription: subscription.name)
    return page(
        "What is here",
        [
            section(
                "Topics",
                table(
                    _TOPICS,
                    ((link(topic.name), topic.name.split("/")[1], len(topic.followers)) for topic in topics),
                    empty="No topic yet. Create one as in the cloud, or with --seed-file.",
                ),
            ),
            section(
                "Subscriptions",
                subscribers(subscriptions, now, empty="No subscription yet."),
            ),
            section("Queues", table(_QUEUES, _queues(state), empty="No queue yet.")),
        ],
    )


def subscribers(subscriptions: Iterable[Subscription], now: float, *, empty: str) -> Markup:
    """Subscriptions in figures."""
    return table(_SUBSCRIPTIONS, (_row(each, now) for each in subscriptions), empty=empty)


def _row(subscription: Subscription, now: float) -> tuple[object, ...]:
    backlog = subscription.backlog
    oldest = next(iter(backlog.unacknowledged.values()), None)
    waited = None if oldest is None else now - oldest.publish_time
    return (
        link(subscription.name),
        link(subscription.topic),
        len(backlog.unacknowledged),
        backlog.leased,
        age(waited),
    )


def _queues(state: State) -> Iterator[tuple[object, ...]]:
    for queue in sorted(state.queues.all(), key=lambda queue: queue.name):
        yield link(queue.name), "paused" if queue.paused else "running", len(queue.tasks), queue.running
