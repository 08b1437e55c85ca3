"""`python -m emulator [--host 127.0.0.1] [--port 8085]`: serve until SIGTERM or SIGINT.

Prints one line when clients can connect. Port 0 takes a free one, which the line names.
"""

from __future__ import annotations

import argparse
import asyncio
import signal
import sys
from collections.abc import Sequence

from emulator.assembly import assemble

_PULL_WAIT_SECONDS = 1.0
_GRACE_SECONDS = 1.0


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve, and return the exit status."""
    parser = argparse.ArgumentParser(prog="emulator", description="Google Cloud Pub/Sub for a laptop.")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    parser.add_argument("--port", type=int, default=8085, help="port, 0 for a free one (default: %(default)s)")
    options = parser.parse_args(arguments)
    return asyncio.run(_serve(options.host, options.port))


async def _serve(host: str, port: int) -> int:
    server = assemble(history=False, pull_wait_seconds=_PULL_WAIT_SECONDS).server
    try:
        bound = await server.start(host, port)
    except OSError as error:
        sys.stderr.write(f"emulator: cannot listen on {host}:{port}: {error}\n")
        return 1
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    address = f"{host}:{bound}"
    sys.stdout.write(f"emulator ready on {address} (export PUBSUB_EMULATOR_HOST={address})\n")
    sys.stdout.flush()
    await stop.wait()
    await server.stop(grace_seconds=_GRACE_SECONDS)
    return 0


if __name__ == "__main__":
    sys.exit(main())
