"""`make kill`: every process of two environments is killed, again and again, while people edit; every row ends equal.

In: --database, --kills, --roles, --seed. Out: a table; the exit status is 0 only where everything is equal, nothing is
parked or dead, and each process was killed.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from rich.console import Console
from rich.table import Table

from tests.demo.processes import Broken
from tests.demo.steps import become
from tests.killing import matrix
from tests.killing.matrix import SERVERS, WORKERS, Row
from tests.killing.stage import Stage

ROLES = (*WORKERS, *SERVERS)


def main() -> int:
    arguments = _arguments()
    roles = tuple(role for role in ROLES if role in (arguments.roles or ROLES) and _there_is(role, arguments.database))
    with tempfile.TemporaryDirectory(prefix="feedsync-kill-") as directory:
        try:
            rows = play(Path(directory), arguments.database, roles, kills=arguments.kills, seed=arguments.seed)
        except Broken as error:
            Console().print(f"\n{error}", markup=False)
            return 2
    Console(width=140).print(_table(rows, arguments.database, arguments.seed))
    return 0 if all(row.good for row in rows) else 1


def play(directory: Path, database: str, roles: tuple[str, ...], *, kills: int, seed: int) -> list[Row]:
    directory.chmod(0o755)
    with Stage(directory, database=database) as stage:
        stage.load(0.02)
        stage.start("web")
        stage.introduce()
        stage.start("pull")
        if not stage.ended("pull", 120):
            raise Broken("the first pull does not end")
        stage.kill("pull")
        stage.start("relay")
        stage.start("consumer")
        become(stage.studio)
        return list(matrix.run(stage, roles, kills=kills, seed=seed))


def _there_is(role: str, database: str) -> bool:
    return role != "postgres" or database == "postgres"


def _table(rows: list[Row], database: str, seed: int) -> Table:
    table = Table(title=f"Killed with SIGKILL, on {database}, seed {seed}")
    for name in (
        "killed",
        "when",
        "kills",
        "edits meanwhile",
        "objects equal",
        "different",
        "seconds",
        "parked",
        "dead",
    ):
        table.add_column(name)
    for row in rows:
        figures = (row.kills, row.edits, row.objects, row.different, f"{row.seconds:.1f}", row.parked, row.dead)
        table.add_row(row.role, row.moments, *map(str, figures), style="" if row.good else "red")
    return table


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make kill", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--database", choices=["sqlite", "postgres"], default="postgres")
    parser.add_argument("--kills", type=int, default=20, help="of each process in each way (default: %(default)s)")
    parser.add_argument("--roles", nargs="+", choices=ROLES, help="which processes (default: all)")
    parser.add_argument("--seed", type=int, default=1, help="of moments and edits (default: %(default)s)")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
