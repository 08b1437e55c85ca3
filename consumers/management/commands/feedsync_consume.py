"""`manage.py feedsync_consume`: receive changes of the data sources and apply them, for ever or until idle."""

from __future__ import annotations

import signal
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from consumers.streaming.consumer import Consumer, Limits
from consumers.streaming.report import Report


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

    def handle(self, **options: Any) -> None:
        self.verbosity = options["verbosity"]
        limits = Limits(idle_seconds=options["until_idle"], messages=options["max_messages"])
        consumer = Consumer(options["source"], limits=limits, report=Report(self.say))

        def stop(number: int, _: object) -> None:
            # A second signal ends at once: nothing that is committed or unacknowledged is lost by that.
            for each in (signal.SIGTERM, signal.SIGINT):
                signal.signal(each, signal.SIG_DFL)
            self._stopped = True
            consumer.stop()

        self._stopped = False
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, stop)
        problems = consumer.run()
        if problems and not self._stopped:
            raise CommandError(" ".join(problems))
        self.say(f"stopped after {consumer.report.messages:,} messages")

    def say(self, line: str) -> None:
        if self.verbosity:
            self.stdout.write(f"{timezone.now():%Y-%m-%d %H:%M:%S} {line}")
            self.stdout.flush()
