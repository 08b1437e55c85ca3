"""`python -m emulator [--port 8085] [--data-dir DIR] [--seed-file FILE] …`: serve until SIGTERM or SIGINT.

Prints one line when clients can connect. Port 0 takes a free one, which the line names.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

from emulator.assembly import Cloud, assemble
from emulator.errors import UnusableDirectory
from emulator.identity.accounts import PROJECT
from emulator.memory import settle_in
from emulator.seeding import SeedError

_PULL_WAIT_SECONDS = 1.0
_GRACE_SECONDS = 1.0
_OPEN_FILES = 65_536  # a client takes three
_ANYWHERE = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}  # noqa: S104 - where to reach what listens everywhere

_EXAMPLES = """\
examples:
  python -m emulator                            listen on 127.0.0.1:8085
  python -m emulator --port 0                   on a free port; the ready line names it
  python -m emulator --host 0.0.0.0             for other machines and containers, too
  python -m emulator --data-dir state           with what was there when it ended, however it ended
  python -m emulator --seed-file local.toml     with topics and subscriptions from the start

a seed file in TOML (JSON and YAML have the same shape; fields as in the API):
  [[topics]]
  name = "projects/demo/topics/books"
  [[subscriptions]]
  name = "projects/demo/subscriptions/books-replica"
  topic = "projects/demo/topics/books"
  ackDeadlineSeconds = 60

clients find it through PUBSUB_EMULATOR_HOST; the same port speaks JSON over HTTP:
  curl http://127.0.0.1:8085/v1/projects/demo/topics
  curl http://127.0.0.1:8085/healthz            is it there?
  curl -X POST http://127.0.0.1:8085/reset      take everything away
and http://127.0.0.1:8085/ in a browser shows what is there.
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve, and return the exit status."""
    options = _parser().parse_args(arguments)
    _allow_many_connections()
    try:
        return asyncio.run(_serve(options))
    except (SeedError, UnusableDirectory) as error:
        return _fail(str(error))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m emulator" if sys.argv[0].endswith("__main__.py") else "feedsync-emulator",
        description="Google Cloud Pub/Sub and Cloud Tasks for a laptop, over gRPC and JSON on one port.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    parser.add_argument("--port", type=int, default=8085, help="port, 0 for a free one (default: %(default)s)")
    parser.add_argument("--project", default=PROJECT, help="what the metadata server tells (default: %(default)s)")
    parser.add_argument("--data-dir", type=Path, metavar="DIR", help="keep the state there, whatever ends the process")
    parser.add_argument(
        "--app-engine",
        type=_address,
        action="append",
        default=[],
        metavar="[SERVICE=]URL",
        help="where App Engine tasks go: of one service, or of all others; may be given several times",
    )
    parser.add_argument("--seed-file", type=Path, metavar="FILE", help="create what this file declares, then listen")
    return parser


def _address(text: str) -> tuple[str, str]:
    """Service and URL; the service is empty for all others."""
    service, _, url = text.rpartition("=") if "=" in text.partition("://")[0] else ("", "", text)
    if not url.startswith(("http://", "https://")):
        raise argparse.ArgumentTypeError(f"{text!r} is neither URL nor SERVICE=URL")
    return service, url


async def _serve(options: argparse.Namespace) -> int:
    cloud = assemble(
        history=False,
        pull_wait_seconds=_PULL_WAIT_SECONDS,
        project=options.project,
        app_engine=dict(options.app_engine),
        data_dir=options.data_dir,
    )
    await cloud.recall()
    if options.seed_file is not None:
        await cloud.sow(options.seed_file)
    try:
        bound = await cloud.start(options.host, options.port)
    except OSError as error:
        return _fail(f"cannot listen on {options.host}:{options.port}: {error}")
    return await _until_told_to_stop(cloud, options.host, bound)


async def _until_told_to_stop(cloud: Cloud, host: str, port: int) -> int:
    settle_in()
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    reachable = _ANYWHERE.get(host, f"[{host}]" if ":" in host else host)
    address = f"{reachable}:{port}"
    sys.stdout.write(f"emulator ready on {address} (export PUBSUB_EMULATOR_HOST={address})\n")
    sys.stdout.flush()
    await stop.wait()
    await cloud.stop(grace_seconds=_GRACE_SECONDS)
    await cloud.close()
    return 0


def _allow_many_connections() -> None:
    with contextlib.suppress(ImportError, OSError, ValueError):  # not on every platform, not in every container
        import resource

        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        most = _OPEN_FILES if hard == resource.RLIM_INFINITY else min(hard, _OPEN_FILES)
        resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, most), hard))


def _fail(message: str) -> int:
    sys.stderr.write(f"emulator: {message}\n")
    return 1


if __name__ == "__main__":
    sys.exit(main())
