"""Sets the stage: the emulator, a database for each of the two environments, their web servers, the studio's relay.

In: which kind of database; out: `studio` and `shop`, serving, with an account for a person in each.
"""

from __future__ import annotations

import secrets
import socket
from contextlib import ExitStack
from functools import partial
from pathlib import Path

import requests

from tests.demo.person import PASSWORD, USER
from tests.demo.processes import Processes, Site
from tests.postgres import Postgres

READY = "emulator ready on "


def build(stack: ExitStack, processes: Processes, *, database: str) -> tuple[Site, Site]:
    """The studio, where people edit, and the shop, which follows; serving, and empty."""
    emulator = _emulator(processes)
    names = ("studio", "shop")
    addresses = _databases(stack, processes.directory, names, kind=database)
    ports = free_ports(len(names))
    secret = secrets.token_urlsafe(24)
    studio, shop = (
        Site(name=name, peer=peer, database=address, port=port, secret=secret, emulator=emulator)
        for name, peer, address, port in zip(names, reversed(names), addresses, ports, strict=True)
    )
    _migrate(processes, studio, shop)
    _serve(processes, studio, shop)
    processes.manage(studio, "feedsync_relay")
    return studio, shop


def _emulator(processes: Processes) -> str:
    processes.start("emulator", "emulator", "--port", "0")
    log = processes.log("emulator")
    processes.wait("the emulator", lambda: READY in log.read_text())
    return log.read_text().split(READY)[1].split()[0]


def _databases(stack: ExitStack, directory: Path, names: tuple[str, ...], *, kind: str) -> list[str]:
    if kind == "sqlite":
        return [str(directory / f"{name}.sqlite3") for name in names]
    server = stack.enter_context(Postgres())
    return [server.database(name).url for name in names]


def free_ports(number: int) -> list[int]:
    """All held at once, so that no port comes twice."""
    with ExitStack() as stack:
        sockets = [stack.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(number)]
        return [each.getsockname()[1] for each in sockets]


def _migrate(processes: Processes, *sites: Site) -> None:
    for name in [processes.manage(site, "migrate", "--verbosity", "0") for site in sites]:
        processes.finish(name)
    for site in sites:
        account = {"DJANGO_SUPERUSER_PASSWORD": PASSWORD}
        name = f"{site.name}-createsuperuser"
        arguments = ("createsuperuser", "--noinput", "--username", USER, "--email", "demo@example.org")
        processes.start(name, "tests.demo.manage", *arguments, variables=site.variables | account)
        processes.finish(name)
        processes.finish(processes.manage(site, "feedsync_setup"))


def _serve(processes: Processes, *sites: Site) -> None:
    for site in sites:
        processes.manage(site, "runserver", "--noreload", "--skip-checks", f"127.0.0.1:{site.port}")
    for site in sites:
        processes.wait(f"{site.url} to answer", partial(_answers, site.url))


def _answers(url: str) -> bool:
    try:
        return requests.get(f"{url}/feedsync/healthz", timeout=5).ok
    except requests.ConnectionError:
        return False
