"""Two pages for scripts: `GET /healthz` says that the emulator runs, `POST /reset` empties it."""

from __future__ import annotations

from emulator.state import State
from emulator.web import Pages, Reply, Request


def pages(state: State) -> Pages:
    """The pages over a state."""

    async def healthz(request: Request) -> Reply:
        return Reply(body=b"ok\n")

    async def reset(request: Request) -> Reply:
        state.clear()
        return Reply(body=b"everything is gone\n")

    return {("GET", "/healthz"): healthz, ("POST", "/reset"): reset}
