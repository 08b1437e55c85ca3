"""`manage.py feedsync_pull NAME`: runs a full pull here, with a progress bar; goes on where the last one stopped."""

from __future__ import annotations

import signal
import threading
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from consumers.models import DataPull, DataSource
from consumers.pull import commanded
from consumers.pull.display import Display
from consumers.pull.run import Tools, run
from consumers.report import reading
from feedsync import collecting

MODES = {  # {(mirror, dry run): mode}
    (False, False): DataPull.Mode.REPAIR,
    (False, True): DataPull.Mode.DRY_RUN,
    (True, False): DataPull.Mode.MIRROR,
    (True, True): DataPull.Mode.MIRROR_DRY,
}


class Command(BaseCommand):
    help = (
        "Make the objects of a data source the same here. A pull of it that failed, was cancelled or died goes on "
        "where it stopped, also after Ctrl-C. Exit status 1 when the pull fails, waits for a confirmation, or "
        "as a mirror removed nothing because the source sent nothing."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name", metavar="NAME", help="name of the data source (its environment)")
        parser.add_argument("--dry-run", action="store_true", help="report what would change, write nothing")
        parser.add_argument("--mirror", action="store_true", help="also remove what the source doesn't have")
        parser.add_argument("--yes", action="store_true", help="with --mirror: remove however much it is")
        parser.add_argument("--report", metavar="PATH", help="write what differed to this file, as JSON")
        parser.add_argument("--feeds", nargs="+", default=[], metavar="APP.MODEL", help="only these feeds")
        parser.add_argument("--restart", action="store_true", help="from the first row, even if a pull can be resumed")

    def execute(self, *args: Any, **options: Any) -> Any:
        """Ctrl-C lets the chunk be finished: in the middle of a statement it would leave the connection unusable. A
        second one ends the process at once."""
        self._stopping = threading.Event()
        if threading.current_thread() is not threading.main_thread():
            return super().execute(*args, **options)
        before = signal.signal(signal.SIGINT, self._stop)
        try:
            return super().execute(*args, **options)
        finally:
            signal.signal(signal.SIGINT, before)

    def _stop(self, *_: Any) -> None:
        if self._stopping.is_set():
            raise KeyboardInterrupt
        self._stopping.set()

    @collecting.seldom()
    def handle(self, *args: Any, **options: Any) -> None:
        source = DataSource.objects.filter(env_name=options["name"]).first()
        if source is None:
            known = ", ".join(DataSource.objects.values_list("env_name", flat=True)) or "none yet"
            raise CommandError(f"There is no data source {options['name']}. Known: {known}.")
        if options["yes"] and not options["mirror"]:
            raise CommandError("--yes is for what --mirror removes; without it there is nothing to confirm.")
        mode = MODES[options["mirror"], options["dry_run"]]
        pull_id = commanded.pull_for(source, mode, options["feeds"], restart=options["restart"])
        if options["yes"]:
            commanded.allow(pull_id)
        with Display(self.stdout, title=source.env_name) as display:
            status = run(pull_id, tools=Tools(watch=display.show, stopping=self._stopping.is_set))
        if options["report"]:
            self._report(pull_id, options["report"])
        self._conclude(pull_id, status)

    def _report(self, pull_id: int, place: str) -> None:
        pull = DataPull.objects.select_related("data_source").get(pk=pull_id)
        with Path(place).open("w", encoding="utf-8") as file:
            file.writelines(reading.pieces(pull))

    def _conclude(self, pull_id: int, status: DataPull.Status | None) -> None:
        if status is None:
            raise CommandError("This pull runs in another process: follow it in the admin.")
        pull = DataPull.objects.get(pk=pull_id)
        counts = ", ".join(f"{pull.progress.get(name, 0):,} {name}" for name in commanded.SHOWN)
        self.stdout.write(f"{counts}.")
        for line in commanded.planned(pull):
            self.stdout.write(line)
        if status is DataPull.Status.CONFIRM:
            raise CommandError(f"{pull.message} Run this again with --yes, or confirm pull {pull_id} in the admin.")
        if status is not DataPull.Status.DONE or commanded.spared(pull):
            raise CommandError(pull.message)
        self.stdout.write(self.style.SUCCESS(f"Pull {pull_id} of {pull.data_source} is done. {pull.message}".rstrip()))
