"""`make demo`: two environments on this machine, real processes, real rows, and a comparison at the end.

In: --once, --database, --scale. Out: what happens, as it happens; then the addresses of both admins until Ctrl-C, or
with --once an exit status that is 0 only where both databases are the same. The last line on standard output is JSON.
"""

from __future__ import annotations

import argparse
import signal
import sys
import tempfile
from contextlib import ExitStack, closing
from pathlib import Path

from tests.demo import acts, sites, steps
from tests.demo.person import PASSWORD, USER
from tests.demo.processes import Broken, Processes
from tests.demo.show import Show


def main() -> int:
    arguments = _arguments()
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    show = Show()
    with ExitStack() as stack:
        directory = arguments.directory or stack.enter_context(tempfile.TemporaryDirectory(prefix="feedsync-demo-"))
        Path(directory).mkdir(parents=True, exist_ok=True)
        # Within the stack: processes end before the database server that they use.
        with Processes(Path(directory)) as processes:
            return _outcome(stack, processes, show, arguments)


def _outcome(stack: ExitStack, processes: Processes, show: Show, arguments: argparse.Namespace) -> int:
    """The exit status."""
    try:
        equal = _play(stack, processes, show, arguments)
        if not arguments.once:
            signal.pause()
    except Broken as error:
        show.console.print(f"\n{error}", markup=False)
        return 2
    except KeyboardInterrupt:
        show.line("ending")
        return 130 if arguments.once else 0
    return 0 if equal else 1


def _play(stack: ExitStack, processes: Processes, show: Show, arguments: argparse.Namespace) -> bool:
    show.chapter(
        f"Two environments on {arguments.database}: the studio, where people edit, and the shop, which follows"
    )
    studio, shop = sites.build(stack, processes, database=arguments.database)
    for site in (studio, shop):
        show.line(f"{site.name:<7} {site.url}/admin/  log in as {USER}, password {PASSWORD}")
    theatre = acts.Theatre(
        studio=studio,
        shop=shop,
        processes=processes,
        show=show,
        in_shop=stack.enter_context(closing(shop.plain())),
        pause_seconds=0 if arguments.once else 1.5,
    )
    steps.become(studio)
    show.chapter("Real places are loaded into the studio")
    acts.load(theatre, arguments.scale)
    show.chapter("A person adds the studio as a data source in the shop's admin")
    pull_rows_per_second = acts.pull(theatre)
    show.chapter("People edit in the studio; how long until the shop's database has it")
    acts.follow(theatre)
    acts.live(theatre)
    live_delay_ms = acts.clock(theatre)
    show.chapter("The shop's consumer is killed in the middle of a burst")
    acts.kill(theatre)
    show.chapter("Are they the same?")
    result = acts.settle(theatre)
    if not arguments.once:
        show.chapter("Both stay up until Ctrl-C: change something in the studio's admin, and look in the shop's")
        for site in (studio, shop):
            show.line(f"{site.name:<7} {site.url}/admin/  log in as {USER}, password {PASSWORD}")
    show.result(
        objects=result.objects,
        seconds=round(show.seconds, 1),
        pull_rows_per_second=round(pull_rows_per_second),
        live_delay_ms=live_delay_ms,
    )
    return not result.different


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make demo", description="Two environments that stay the same.")
    parser.add_argument("--once", action="store_true", help="end after the comparison; exit status 0 only if equal")
    parser.add_argument("--database", choices=["sqlite", "postgres"], default="sqlite")
    parser.add_argument("--scale", type=float, default=1.0, help="1 stands for some 100,000 objects")
    parser.add_argument("--directory", help="where SQLite files and logs go, to stay; a temporary one without this")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
