"""When failed tasks are tried again: the example of the documentation, and the limits."""

from __future__ import annotations

import pytest

from emulator.tasks.retrying import RETENTION_SECONDS, RetryRules


def test_backoff_is_as_documented() -> None:
    """With 10 s, 300 s and three doublings: doubled three times, then 80 s more each time, then the maximum."""
    rules = RetryRules(min_backoff_seconds=10, max_backoff_seconds=300, max_doublings=3)
    assert [rules.backoff(retry) for retry in range(1, 9)] == [10, 20, 40, 80, 160, 240, 300, 300]


def test_without_doublings_backoff_grows_by_the_minimum() -> None:
    """Linear from the start; and no number is too large, however long it goes on."""
    rules = RetryRules(min_backoff_seconds=1, max_backoff_seconds=3600, max_doublings=0)
    assert [rules.backoff(retry) for retry in (1, 2, 3)] == [1, 2, 3]
    assert RetryRules(max_doublings=10**6).backoff(10**6) == 3600


@pytest.mark.parametrize(
    ("rules", "attempts", "seconds", "exhausted"),
    [
        (RetryRules(max_attempts=3), 2, 10**6, False),
        (RetryRules(max_attempts=3), 3, 0, True),
        (RetryRules(max_attempts=3, max_retry_seconds=60), 3, 59, False),
        (RetryRules(max_attempts=3, max_retry_seconds=60), 2, 61, False),
        (RetryRules(max_attempts=3, max_retry_seconds=60), 3, 60, True),
        (RetryRules(max_attempts=-1, max_retry_seconds=60), 1000, 59, False),
        (RetryRules(max_attempts=-1, max_retry_seconds=60), 1, 60, True),
        (RetryRules(max_attempts=-1), 10**6, RETENTION_SECONDS - 1, False),
        (RetryRules(max_attempts=-1), 1, RETENTION_SECONDS, True),
    ],
)
def test_a_task_is_given_up_when_all_its_limits_are_over(
    rules: RetryRules, attempts: int, seconds: float, exhausted: bool
) -> None:
    """Attempts and duration, where both are set; without any, when tasks are kept no longer."""
    assert rules.exhausted(attempts=attempts, seconds=seconds) is exhausted
