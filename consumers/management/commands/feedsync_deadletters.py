"""`manage.py feedsync_deadletters`: bring back the messages that Pub/Sub put aside."""

from __future__ import annotations

from argparse import ArgumentParser
from collections import Counter
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from consumers.receiving.handling import Ack, Retry
from feedsync.errors import FeedsyncError


class Command(BaseCommand):
    help = (
        "Apply the messages that Pub/Sub put aside after DEAD_LETTER_ATTEMPTS deliveries, and take them from the "
        "dead-letter subscription. Status 1 if some had to stay there."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--list", action="store_true", help="only show the first of them")

    def handle(self, **options: Any) -> None:
        # The apps behind it import requests and apply, which `manage.py help` needs not.
        from google.api_core.exceptions import GoogleAPIError, NotFound

        try:
            self._list() if options["list"] else self._bring_back()
        except NotFound as error:
            raise CommandError("There is no dead-letter subscription: run `manage.py feedsync_setup`.") from error
        except (GoogleAPIError, FeedsyncError) as error:
            raise CommandError(str(error)) from error

    def _list(self) -> None:
        from consumers.receiving import aside

        number = 0
        for number, delivery in enumerate(aside.waiting(), start=1):  # noqa: B007  # the last one counts
            feed = delivery.attributes.get("feed", "no feed")
            self.stdout.write(f"{delivery.message_id} of {delivery.source.name}: {feed}, {len(delivery.data):,} bytes")
        if not number:
            self.stdout.write("No messages are put aside.")

    def _bring_back(self) -> None:
        from consumers.receiving import aside

        told: Counter[str] = Counter()
        for returned in aside.bring_back():
            match returned.result:
                case Ack():
                    told["brought back"] += 1
                case Retry(error=error):
                    told["left"] += 1
                    self.stderr.write(f"{returned.delivery.message_id} stays: {error}")
                case None:
                    told["left"] += 1
                    self.stderr.write(f"{returned.delivery.message_id} stays: {returned.delivery.source.name}")
        self.stdout.write(f"{told['brought back']:,} brought back, {told['left']:,} left")
        if told["left"]:
            raise CommandError("Some messages are left: see above. They stay for 31 days.")
