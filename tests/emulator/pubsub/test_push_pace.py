"""How fast a subscription pushes."""

from __future__ import annotations

from emulator.pubsub.push_pace import Pace


def test_the_window_opens_slowly_and_closes_fast() -> None:
    """It doubles with each round of answers, up to a limit; a failure halves it."""
    pace = Pace()
    windows = []
    for _ in range(4):
        windows.append(pace.window)
        for _ in range(pace.window):
            pace.succeeded()
    assert windows == [3, 6, 12, 24]
    pace.failed(sent_at=0, now=0, pauses=True)
    assert pace.window == 24
    for _ in range(10_000):
        pace.succeeded()
    assert pace.window == 1000


def test_pauses_grow_from_a_tenth_of_a_second_to_a_minute() -> None:
    """And get shorter with answers."""
    pace, now, pauses = Pace(), 0.0, []
    for _ in range(12):
        pace.failed(sent_at=now, now=now, pauses=True)
        pauses.append(round(pace.paused_until - now, 3))
        now = pace.paused_until
    assert pauses == [0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 12.8, 25.6, 51.2, 60, 60]
    for _ in range(20):
        pace.succeeded()
    pace.failed(sent_at=now, now=now, pauses=True)
    assert round(pace.paused_until - now, 3) == 0.1


def test_failures_of_one_round_count_once() -> None:
    """What was sent before the pause began does not make it longer."""
    pace = Pace()
    for _ in range(100):
        pace.failed(sent_at=1, now=2, pauses=True)
    assert round(pace.paused_until - 2, 3) == 0.1


def test_with_a_retry_policy_nothing_pauses() -> None:
    """Each message waits for itself then."""
    pace = Pace()
    pace.failed(sent_at=0, now=1, pauses=False)
    assert pace.paused_until == 0
