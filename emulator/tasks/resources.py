"""From resources on the wire to the settings that queues and tasks act on, with the service's defaults and limits.

What is kept is the message of v2beta3, which has every field; see `versions`.
"""

from __future__ import annotations

import math
from typing import Any

from emulator.errors import InvalidArgument
from emulator.tasks import limits
from emulator.tasks.queues import QueueRules
from emulator.tasks.rates import RateRules
from emulator.tasks.retrying import RetryRules
from emulator.wire.tasks import V2BETA3

_STATE, _TYPE = V2BETA3["Queue.State"], V2BETA3["Queue.Type"]
_DEFAULT_DEADLINE_SECONDS = 600
_OUTPUT_OF_TASK = ("create_time", "dispatch_count", "response_count", "first_attempt", "last_attempt", "view")
_LEAST_BURST = 10


def new_queue(sent: Any) -> Any:
    """The queue as it will be shown, with its defaults."""
    shown = _copy(sent)
    for output in ("purge_time", "stats"):
        shown.ClearField(output)
    if shown.type == _TYPE.PULL:
        raise InvalidArgument("Pull queues cannot be created.")
    shown.type = _TYPE.PUSH
    shown.state = _STATE.RUNNING
    _fill_rate(shown.rate_limits)
    _fill_retry(shown.retry_config)
    return shown


def rules(shown: Any) -> QueueRules:
    """The settings behind a shown queue, or InvalidArgument with the one that is out of range."""
    rate = shown.rate_limits
    limits.check_range(
        "rate_limits.max_dispatches_per_second", rate.max_dispatches_per_second, 0, limits.MAX_PER_SECOND
    )
    limits.check_range(
        "rate_limits.max_concurrent_dispatches", rate.max_concurrent_dispatches, 0, limits.MAX_CONCURRENT
    )
    limits.check_range(
        "stackdriver_logging_config.sampling_ratio", shown.stackdriver_logging_config.sampling_ratio, 0, 1
    )
    limits.check_http_target(shown.http_target)
    return QueueRules(
        retry=retry_rules(shown.retry_config),
        rate=RateRules(
            per_second=rate.max_dispatches_per_second,
            burst=rate.max_burst_size,
            concurrent=rate.max_concurrent_dispatches,
        ),
    )


def retry_rules(config: Any) -> RetryRules:
    """The settings behind a retry configuration, whose defaults are filled in."""
    found = RetryRules(
        max_attempts=config.max_attempts,
        max_retry_seconds=_seconds(config.max_retry_duration),
        min_backoff_seconds=_seconds(config.min_backoff),
        max_backoff_seconds=_seconds(config.max_backoff),
        max_doublings=config.max_doublings,
    )
    limits.check_range("retry_config.max_attempts", found.max_attempts, -1, math.inf)
    limits.check_range("retry_config.max_retry_duration", found.max_retry_seconds, 0, math.inf)
    limits.check_range("retry_config.max_doublings", found.max_doublings, 0, math.inf)
    limits.check_range("retry_config.min_backoff", found.min_backoff_seconds, 0, found.max_backoff_seconds)
    return found


def new_task(sent: Any, *, now: float) -> tuple[Any, float, float, RetryRules | None]:
    """The task as it will be shown, its schedule time, its deadline in seconds, and its own retry rules."""
    shown = _copy(sent)
    for output in _OUTPUT_OF_TASK:
        shown.ClearField(output)
    limits.check_target(shown)
    retry = None
    if shown.HasField("retry_config"):
        _fill_retry(shown.retry_config)
        retry = retry_rules(shown.retry_config)
    for request in ("http_request", "app_engine_http_request"):
        if shown.HasField(request):
            target = getattr(shown, request)
            target.http_method = target.http_method or limits.METHOD.POST
    return shown, _schedule_time(shown, now), _deadline(shown), retry


def _schedule_time(shown: Any, now: float) -> float:
    if not shown.HasField("schedule_time"):
        return now
    wanted = shown.schedule_time.seconds + shown.schedule_time.nanos // 1000 / 1e6
    if wanted > now + limits.MAX_AHEAD_SECONDS:
        raise InvalidArgument("schedule_time is more than 30 days ahead.")
    return float(max(now, wanted))


def _deadline(shown: Any) -> float:
    seconds = _seconds(shown.dispatch_deadline)
    if seconds == 0:
        shown.dispatch_deadline.seconds = _DEFAULT_DEADLINE_SECONDS
        return _DEFAULT_DEADLINE_SECONDS
    is_http = shown.HasField("http_request")
    longest = limits.MAX_HTTP_DEADLINE_SECONDS if is_http else limits.MAX_APP_ENGINE_DEADLINE_SECONDS
    limits.check_range("dispatch_deadline", seconds, limits.MIN_DEADLINE_SECONDS, longest)
    return seconds


def _fill_rate(rate: Any) -> None:
    rate.max_dispatches_per_second = rate.max_dispatches_per_second or 500
    rate.max_concurrent_dispatches = rate.max_concurrent_dispatches or 1000
    rate.max_burst_size = max(_LEAST_BURST, math.ceil(rate.max_dispatches_per_second / 5))


def _fill_retry(config: Any) -> None:
    config.max_attempts = config.max_attempts or 100
    config.max_doublings = config.max_doublings or 16
    if not config.HasField("max_backoff"):
        config.max_backoff.seconds = 3600
    if not config.HasField("min_backoff"):
        config.min_backoff.nanos = 100_000_000


def _seconds(duration: Any) -> float:
    return float(duration.seconds + duration.nanos / 1e9)


def _copy(message: Any) -> Any:
    copy = type(message)()
    copy.CopyFrom(message)
    return copy
