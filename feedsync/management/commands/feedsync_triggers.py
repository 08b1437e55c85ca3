"""`manage.py feedsync_triggers [--check | --remove | --sql]`: the triggers of CAPTURE "triggers"."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import connections

from feedsync.conf import Capture, settings
from feedsync.relay.loop import databases
from feedsync.triggers import installing
from feedsync.triggers.installing import State


class Command(BaseCommand):
    help = (
        'Install the triggers that make the marks with FEEDSYNC["CAPTURE"] = "triggers", and take out those that '
        "nothing needs any more. `migrate` does the same at its end. Run it after a change of registrations."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--check", action="store_true", help="only report; status 1 if something is out of date")
        parser.add_argument("--remove", action="store_true", help="take all of them out")
        parser.add_argument("--sql", action="store_true", help="print the statements that would make them")
        parser.add_argument(
            "--database",
            action="append",
            choices=tuple(connections),
            metavar="ALIAS",
            help="only this database; may be given several times (default: every one with feedsync's tables)",
        )

    def handle(self, **options: Any) -> None:
        if sum(options[name] for name in ("check", "remove", "sql")) > 1:
            raise CommandError("--check, --remove and --sql exclude each other: choose one.")
        aliases = [alias for alias in options["database"] or databases() if installing.is_possible(alias)]
        if not aliases:
            raise CommandError("No database has feedsync's tables: run `manage.py migrate` first.")
        if options["remove"]:
            self._remove(aliases)
        elif options["sql"]:
            self._print(aliases)
        else:
            self._refuse_signals()
            good = [self._show(alias, check=options["check"]) for alias in aliases]
            if not all(good):
                raise CommandError("Triggers are out of date: run `manage.py feedsync_triggers`.")

    def _refuse_signals(self) -> None:
        if settings().capture is not Capture.TRIGGERS:
            raise CommandError(
                'FEEDSYNC["CAPTURE"] is "signals", which needs no triggers. Set it to "triggers" first, or take what '
                "is left of them out with --remove."
            )

    def _show(self, alias: str, *, check: bool) -> bool:
        found = installing.state(alias) if check else installing.install(alias)
        self.stdout.write(f"{alias}: {_told(found, check=check)}")
        return found.good or not check

    def _remove(self, aliases: list[str]) -> None:
        for alias in aliases:
            self.stdout.write(f"{alias}: {len(installing.remove(alias)):,} triggers taken out.")
        if settings().capture is Capture.TRIGGERS:
            self.stdout.write("Only writes through Django are captured now, until they are installed again.")

    def _print(self, aliases: list[str]) -> None:
        for alias in aliases:
            found = installing.state(alias)
            statements = [each for trigger in (*found.present, *found.missing) for each in trigger.create]
            for statement in statements:
                self.stdout.write(f"{statement};\n")


def _told(found: State, *, check: bool) -> str:
    here, missing, stale = len(found.present), len(found.missing), len(found.stale)
    if found.good:
        return f"{here:,} triggers are as they should be."
    if check:
        return f"{here:,} triggers are as they should be, {missing:,} are missing, {stale:,} are out of date."
    return f"{missing:,} triggers installed, {stale:,} taken out, {here:,} were as they should be."
