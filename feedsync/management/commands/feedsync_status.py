"""`manage.py feedsync_status [--json]`: how things stand, for people or for machines."""

from __future__ import annotations

import io
import json
import shutil
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from feedsync import status

PLAIN_WIDTH = 160


class Command(BaseCommand):
    help = (
        "Show what waits to be published, what is dead, and what each feed knows; with the app `consumers` also data "
        "sources, pulls and parked changes. Ends with status 0, whatever it shows."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="print JSON with the keys of docs/status.md")

    def handle(self, **options: Any) -> None:
        found = status.report()
        if options["json"]:
            self.stdout.write(json.dumps(found, indent=2, sort_keys=True))
        else:
            self._show(found)

    def _show(self, found: status.Json) -> None:
        from rich.console import Console
        from rich.table import Table

        on_screen = self.stdout.isatty()
        text = io.StringIO()
        # Text in a pipe is not cut at the width of a terminal that isn't there.
        width = shutil.get_terminal_size().columns if on_screen else PLAIN_WIDTH
        console = Console(file=text, width=width, force_terminal=on_screen)
        for each in status.tables(found):
            table = Table(title=each.title, title_justify="left")
            for number, column in enumerate(each.columns):
                counts = all(isinstance(row[number], int) for row in each.rows)
                table.add_column(column, justify="right" if counts else "left")
            for row in each.rows:
                table.add_row(*(f"{cell:,}" if isinstance(cell, int) else str(cell) for cell in row))
            if each.rows:
                console.print(table)
        self.stdout.write(text.getvalue())
