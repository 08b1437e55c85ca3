"""Dispatches what is due: one asyncio task an attempt, one alarm a queue; nothing polls."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from functools import partial

from emulator.clock import Clock
from emulator.errors import Refusal
from emulator.outgoing import Answered, Outcome, Outgoing, Sends, Unanswered
from emulator.tasks.attempts import Attempt, Task, succeeded
from emulator.tasks.history import Dispatched
from emulator.tasks.queues import Queue, Queues

_OVERLOADED = (429, 503)
_APP_ENGINE_OVERLOADED = (503,)
_NO_REQUEST = Outgoing(verb="", url="")
_Attempted = tuple[Outgoing, Outcome]

_log = logging.getLogger("emulator")


class Dispatcher:
    """Keeps the queues of an emulator going."""

    def __init__(
        self,
        queues: Queues,
        sender: Sends,
        *,
        clock: Clock,
        request: Callable[[Queue, Task], Outgoing],
        history: bool,
    ) -> None:
        self._queues = queues
        self._sender = sender
        self._clock = clock
        self._request = request
        self._history = history
        self._alarms: dict[Queue, asyncio.TimerHandle] = {}
        self._attempts: set[asyncio.Task[_Attempted]] = set()
        self._stopped = True  # until started
        queues.wake = self.tick

    def start(self) -> None:
        """Dispatch, at first or again after a stop."""
        self._stopped = False
        self.tick_all()

    def tick(self, queue: Queue) -> None:
        """Dispatch what is due now, and come back when more is."""
        if self._stopped:
            return
        now = self._clock()
        while not queue.deleted and (task := queue.next_due(now)) is not None:
            queue.throttle.take(now)
            self.dispatch(queue, task)
        self._set_alarm(queue, now)

    def tick_all(self) -> None:
        """The clock was moved."""
        for queue in self._queues.all():
            self.tick(queue)

    def dispatch(self, queue: Queue, task: Task) -> None:
        """Dispatch a task now, whatever its queue's limits."""
        queue.running += 1
        attempt = task.begin(self._clock())
        self._queues.changed(task)
        running = asyncio.get_running_loop().create_task(self._attempted(queue, task))
        self._attempts.add(running)
        running.add_done_callback(partial(self._ended, queue, task, attempt))

    async def stop(self) -> None:
        """Break all attempts off; the tasks stay, due at once."""
        self._stopped = True
        for alarm in self._alarms.values():
            alarm.cancel()
        self._alarms.clear()
        running = tuple(self._attempts)
        for each in running:
            each.cancel()
        await asyncio.gather(*running, return_exceptions=True)

    async def _attempted(self, queue: Queue, task: Task) -> _Attempted:
        try:
            request = self._request(queue, task)
        except Refusal as refusal:  # no address for App Engine
            return _NO_REQUEST, Unanswered(reason=str(refusal))
        return request, await self._sender.send(request, timeout_seconds=task.deadline_seconds)

    def _ended(self, queue: Queue, task: Task, attempt: Attempt, running: asyncio.Task[_Attempted]) -> None:
        self._attempts.discard(running)
        queue.running -= 1
        if running.cancelled():
            self._break_off(queue, task)
            return
        request, outcome = _result(running)
        if self._history:
            time = attempt.dispatch_time
            queue.dispatched.append(Dispatched(task=task.name, time=time, request=request, outcome=outcome))
        self._settle(queue, task, attempt, outcome)
        self.tick(queue)

    def _break_off(self, queue: Queue, task: Task) -> None:
        task.running -= 1
        if not task.gone:
            queue.schedule(task, self._clock())

    def _settle(self, queue: Queue, task: Task, attempt: Attempt, outcome: Outcome) -> None:
        now = self._clock()
        task.end(attempt, outcome, now)
        overloaded = _is_overload(task, outcome)
        if overloaded:
            queue.throttle.overloaded(now)
        else:
            queue.throttle.relieved()
        if task.gone:
            return
        self._queues.changed(task)
        rules = task.retry or queue.rules.retry
        since_first = now - (task.first_dispatch_time or now)
        if succeeded(outcome) or rules.exhausted(attempts=task.dispatch_count, seconds=since_first):
            self._queues.remove(queue, task)
        elif not task.running:
            asked = _asked_for(outcome) if overloaded else 0.0
            queue.schedule(task, now + max(rules.backoff(task.dispatch_count), asked))

    def _set_alarm(self, queue: Queue, now: float) -> None:
        alarm = self._alarms.pop(queue, None)
        if alarm is not None:
            alarm.cancel()
        when = None if queue.deleted else queue.next_time(now)
        if when is not None:
            delay = max(when - now, 0.001)
            self._alarms[queue] = asyncio.get_running_loop().call_later(delay, self.tick, queue)


def _result(running: asyncio.Task[_Attempted]) -> _Attempted:
    """Request and outcome; a bug is an outcome, too, so that no queue stands still."""
    error = running.exception()
    if error is None:
        return running.result()
    _log.error("a task could not be dispatched", exc_info=error)
    return _NO_REQUEST, Unanswered(reason=repr(error))


def _is_overload(task: Task, outcome: Outcome) -> bool:
    statuses = _APP_ENGINE_OVERLOADED if task.to_app_engine else _OVERLOADED
    return isinstance(outcome, Answered) and outcome.status in statuses


def _asked_for(outcome: Outcome) -> float:
    """Seconds that the target wants to be left alone."""
    asked = outcome.headers.get("Retry-After", "") if isinstance(outcome, Answered) else ""
    return float(asked) if asked.isascii() and asked.isdigit() else 0.0
