"""Fills the demo's tables: some 100,000 objects at scale 1, with a line that says how far it is."""

from __future__ import annotations

import json
import time
from collections import Counter
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from tests.demo.atlas import filling


class Command(BaseCommand):
    help = "Fill the atlas with countries, languages, names and cities."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--scale", type=float, default=1.0, help="1 stands for some 100,000 objects")
        parser.add_argument("--json", action="store_true", help="a line of JSON after each batch")

    def handle(self, *args: Any, **options: Any) -> None:
        started = time.monotonic()
        counts: Counter[str] = Counter()
        for filled in filling.fill(options["scale"]):
            counts[filled.model] += filled.rows
            seconds = time.monotonic() - started
            if options["json"]:
                self.stdout.write(json.dumps({"model": filled.model, "objects": counts.total(), "seconds": seconds}))
                self.stdout.flush()
            else:
                self.stdout.write(f"\r{counts.total():>9,} objects  {filled.model:<14}", ending="")
        if not options["json"]:
            self.stdout.write(f"\r{counts.total():>9,} objects in {time.monotonic() - started:.1f} seconds")
