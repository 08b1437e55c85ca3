"""`manage.py feedsync_consume`: receive changes of the data sources and apply them, for ever or until idle."""

from __future__ import annotations

import os
import signal
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from consumers.streaming.consumer import Consumer, Limits
from consumers.streaming.report import Report
from feedsync import clock, collecting, registry
from feedsync.errors import WrongDatabase

SIGNALS = (signal.SIGTERM, signal.SIGINT)
STDERR = 2


@contextmanager
def stopped_by_signals(consumer: Consumer) -> Iterator[None]:
    """The first signal stops it in order; a second one ends the process at once, which loses nothing either."""

    def stop(*_: object) -> None:
        for number in SIGNALS:
            signal.signal(number, signal.SIG_DFL)
        consumer.stop()
        # Not through a file object: the signal may have interrupted a write to it.
        os.write(STDERR, b"stopping when the batch is done; a second signal ends this at once\n")

    before = {number: signal.signal(number, stop) for number in SIGNALS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


class Command(BaseCommand):
    help = (
        "Receives the changes of every enabled data source that has a subscription, and applies them. Runs until "
        "SIGTERM or Ctrl-C, then finishes its batch and ends with status 0. As many as you like may run side by side."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--source",
            action="append",
            default=[],
            metavar="NAME",
            help="Receive from this data source only; may be given several times. Default: from all.",
        )
        parser.add_argument(
            "--until-idle",
            type=float,
            metavar="SECONDS",
            help="End after so many seconds without a message; status 1 if something could not be reached.",
        )
        parser.add_argument("--max-messages", type=int, metavar="N", help="End after so many messages.")

    @collecting.seldom()
    def handle(self, **options: Any) -> None:
        self.verbosity = options["verbosity"]
        for alias in sorted({feed.alias for feed in registry.feeds()}):
            self._check(alias)
        limits = Limits(idle_seconds=options["until_idle"], messages=options["max_messages"])
        consumer = Consumer(options["source"], limits=limits, report=Report(self.say))
        with stopped_by_signals(consumer):
            problems = consumer.run()
        if problems and not consumer.stopping:
            raise CommandError(" ".join(problems))
        self.say(f"stopped after {consumer.report.messages:,} messages")

    def _check(self, alias: str) -> None:
        try:
            clock.own(alias)
        except WrongDatabase as error:
            raise CommandError(str(error)) from error

    def say(self, line: str) -> None:
        if self.verbosity:
            self.stdout.write(f"{timezone.now():%Y-%m-%d %H:%M:%S} {line}")
            self.stdout.flush()
