"""`manage.py feedsync_relay`: relay marks to Pub/Sub, for ever or once."""

from __future__ import annotations

import signal
from argparse import ArgumentParser
from collections.abc import Iterable
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import connections
from django.utils import timezone

from feedsync import collecting
from feedsync.conf import settings
from feedsync.errors import ConfigurationError
from feedsync.relay import pausing
from feedsync.relay.loop import Event, Failed, Loop, Relayed, databases
from feedsync.relay.service import Service
from feedsync.transport import pubsub
from feedsync.transport.names import topic_path


class Command(BaseCommand):
    help = (
        "Publishes committed changes of registered models to the topic FEEDSYNC['TOPIC']. Runs until SIGTERM or "
        "Ctrl-C, then relays what is there and ends with status 0. As many as you like may run side by side."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--once", action="store_true", help="Relay what is there, then end; status 1 if something is left."
        )
        parser.add_argument(
            "--database",
            action="append",
            choices=tuple(connections),
            metavar="ALIAS",
            help="Relay only this database; may be given several times. Default: every one with feedsync's tables.",
        )

        parser.add_argument(
            "--resume", metavar="APP.MODEL", help="Let this feed, which is paused, be published again, and end."
        )

    @collecting.seldom()
    def handle(self, **options: Any) -> None:
        aliases = options["database"] or databases()
        if not aliases:
            raise CommandError("No database has feedsync's tables: run `manage.py migrate` first.")
        self.verbosity = options["verbosity"]
        if options["resume"]:
            self.resume(aliases, options["resume"].lower())
            return
        self.say(f"relaying {', '.join(aliases)} {self.target()}")
        service = Service(Loop(aliases, pubsub.configured, observe=self.show), aliases)
        if options["once"]:
            self.once(service)
        else:
            self.forever(service)

    def resume(self, aliases: Iterable[str], label: str) -> None:
        resumed = [alias for alias in aliases if pausing.resume(alias, label)]
        if not resumed:
            raise CommandError(f"{label} is not paused.")
        self.say(f"{label} is published again: run the relay, if none does")

    def target(self) -> str:
        topic = settings().topic
        try:
            return "nowhere, since TOPIC is None" if topic is None else f"to {topic_path(topic)}"
        except ConfigurationError as error:
            raise CommandError(str(error)) from error

    def once(self, service: Service) -> None:
        if not service.drain():
            raise CommandError("Changes are left: see above, then run it again. Nothing is lost.")
        self.say("nothing is left")

    def forever(self, service: Service) -> None:
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: service.stop())
        service.run()
        self.say("stopped")

    def show(self, event: Event) -> None:
        match event:
            case Relayed(using=using, counts=counts, seconds=seconds):
                dead = f", {counts.dead} can't be published (see dead changes)" if counts.dead else ""
                done = f"{counts.marks} marks, {counts.published} changes published in {seconds * 1000:.0f} ms"
                self.say(f"{using}: {done}{dead}")
            case Failed(using=using, error=error, pause_seconds=pause):
                self.say(f"{using}: {error} Next attempt in {pause:.1f} s.")

    def say(self, line: str) -> None:
        if self.verbosity:
            self.stdout.write(f"{timezone.now():%Y-%m-%d %H:%M:%S} {line}")
            self.stdout.flush()
