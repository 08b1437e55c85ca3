"""`manage.py feedsync_setup [--check] [--adopt]`: makes what is needed outside of the code, and says what it did."""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from feedsync import provisioning
from feedsync.conf import settings
from feedsync.provisioning.findings import Finding, Result
from feedsync.relay.loop import databases

QUESTION = """\
This makes the databases {databases} part of the environment {environment}, as a new incarnation. Changes that were
waiting to be published are forgotten: the environment that the copy was made of publishes them.
Go on? [y/N] """


class Command(BaseCommand):
    help = (
        "Make what this environment needs: its stamp in the databases, its topic, where dead letters go, its queue, "
        "and with the app `consumers` the subscription of each enabled data source. Run it as often as you like. "
        "Status 1 if something is not as it should be."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--check", action="store_true", help="only report what is missing or different")
        parser.add_argument(
            "--adopt", action="store_true", help="first make databases that are copies of another environment's our own"
        )
        parser.add_argument("--yes", action="store_true", help="do not ask before --adopt")

    def handle(self, **options: Any) -> None:
        if options["check"] and options["adopt"]:
            raise CommandError("--check changes nothing and --adopt does: choose one.")
        if not databases():
            raise CommandError("No database has feedsync's tables: run `manage.py migrate` first.")
        if options["adopt"]:
            self._adopt(sure=options["yes"])
        findings = list(map(self._show, provisioning.run(check=options["check"])))
        if not all(finding.good for finding in findings):
            raise CommandError("Not everything is as it should be: see above.")

    def _adopt(self, *, sure: bool) -> None:
        question = QUESTION.format(databases=", ".join(databases()), environment=settings().environment)
        if not sure and not self._confirmed(question):
            raise CommandError("Nothing was changed.")
        provisioning.adopt()
        self.stdout.write(f"The databases are {settings().environment}'s now.")

    def _confirmed(self, question: str) -> bool:
        self.stdout.write(question, ending="")
        self.stdout.flush()
        return sys.stdin.readline().strip().lower() in ("y", "yes")

    def _show(self, finding: Finding) -> Finding:
        detail = f": {finding.detail}" if finding.detail else ""
        line = f"{finding.what} {finding.result}{detail}"
        if finding.result != Result.PRESENT:
            line = self.style.SUCCESS(line) if finding.good else self.style.ERROR(line)
        self.stdout.write(line)
        for command in () if finding.good else finding.commands:
            self.stdout.write(f"    {command}")
        return finding
