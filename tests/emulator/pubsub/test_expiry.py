"""Subscriptions that nobody uses go by themselves."""

from __future__ import annotations

import pytest

from emulator.errors import NotFound
from emulator.pubsub.subscriptions import Settings
from tests.emulator.pubsub.world import World

DAY = 86_400


def test_an_idle_subscription_goes_when_its_time_is_up() -> None:
    """Not before, and one without a time to live never."""
    world = World()
    idle, lasting = world.subscribe("idle", idle_seconds=DAY), world.subscribe("lasting")
    world.publish("nobody wants it")
    world.pass_seconds(DAY - 1)
    assert world.subscriptions.get(idle.name) is idle
    world.pass_seconds(1)
    with pytest.raises(NotFound):
        world.subscriptions.get(idle.name)
    world.pass_seconds(1000 * DAY)
    assert world.subscriptions.get(lasting.name) is lasting


def test_use_puts_the_end_off() -> None:
    """A pull counts, and so does a stream as long as it is open."""
    world = World()
    subscription = world.subscribe("replica", idle_seconds=DAY)
    world.pass_seconds(DAY - 1)
    world.subscriptions.usable(subscription.name)
    world.pass_seconds(DAY - 1)
    subscription.watchers.add(lambda: None)
    world.pass_seconds(5 * DAY)
    subscription.watchers.clear()
    world.pass_seconds(DAY - 1)
    assert world.subscriptions.get(subscription.name) is subscription
    world.pass_seconds(DAY)
    with pytest.raises(NotFound):
        world.subscriptions.get(subscription.name)


def test_another_time_to_live_counts_at_once() -> None:
    """A shortened one rings earlier."""
    world = World()
    subscription = world.subscribe("replica", idle_seconds=31 * DAY)
    world.subscriptions.change(subscription.name, Settings(idle_seconds=DAY), shown=None)
    assert world.alarms == [world.now + 31 * DAY, world.now + DAY]
    world.pass_seconds(DAY)
    with pytest.raises(NotFound):
        world.subscriptions.get(subscription.name)
