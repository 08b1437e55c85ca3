"""How fast a queue dispatches: a burst, then the rate, and pauses of overloaded targets."""

from __future__ import annotations

from emulator.tasks.rates import RateRules, Throttle


def dispatched(throttle: Throttle, seconds: float) -> list[float]:
    """The times of dispatches with an endless supply, from 0 on."""
    times, now = [], 0.0
    while (now := max(now, throttle.free_at(now))) < seconds:
        throttle.take(now)
        times.append(now)
    return times


def test_a_burst_then_the_rate() -> None:
    """The bucket is full at first and fills up with the rate."""
    times = dispatched(Throttle(RateRules(per_second=2, burst=10), now=0), 10)
    assert times[:10] == [0.0] * 10
    assert len(times) in (29, 30)
    assert abs(times[10] - 0.5) < 0.01


def test_the_bucket_holds_no_more_than_the_burst() -> None:
    """An idle hour does not save up for more."""
    throttle = Throttle(RateRules(per_second=100, burst=5), now=0)
    for _ in range(5):
        throttle.take(3600)
    assert throttle.free_at(3600) > 3600


def test_an_overloaded_target_is_left_alone_longer_each_time() -> None:
    """Until it answers otherwise."""
    throttle = Throttle(RateRules(), now=0)
    pauses = []
    for _ in range(8):
        throttle.overloaded(0)
        pauses.append(throttle.free_at(0))
    assert pauses == [0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 10.0]
    throttle.relieved()
    throttle.overloaded(0)
    assert throttle.free_at(0) == 0.1
