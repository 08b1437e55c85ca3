"""The emulator as a process: its options, its line, its end."""

from __future__ import annotations

import re
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from emulator.__main__ import main
from tests.emulator.collecting import bare_stream, publish_at_once
from tests.emulator.conftest import Pair, connected


@contextmanager
def process(*arguments: str) -> Iterator[subprocess.Popen[str]]:
    """The emulator as a process, ended afterwards whatever happens."""
    command = [sys.executable, "-m", "emulator", *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as running:
        try:
            yield running
        finally:
            running.kill()


def ready_line(running: subprocess.Popen[str]) -> Any:
    """What the process says when it is ready."""
    assert running.stdout is not None
    return re.fullmatch(
        r"emulator ready on (127\.0\.0\.1:\d+) \(export PUBSUB_EMULATOR_HOST=\1\)\n", running.stdout.readline()
    )


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_the_process_serves_until_it_is_told_to_stop(names: Pair, number: signal.Signals) -> None:
    """One line when ready, messages through it, status 0 at the end, also with a stream open."""
    with process("--port", "0") as running:
        for clients in connected(ready_line(running)[1]):
            clients.publisher.create_topic(name=names.topic)
            clients.subscriber.create_subscription(name=names.subscription, topic=names.topic)
            publish_at_once(clients.publisher, names.topic, [b"a"])
            with bare_stream(clients.subscriber, names.subscription) as responses:
                assert len(next(responses).received_messages) == 1
                running.send_signal(number)
                assert running.wait(timeout=10) == 0


def test_a_taken_port_is_an_error() -> None:
    """A second server on the port says so and ends with status 1."""
    with socket.create_server(("127.0.0.1", 0)) as taken, process("--port", str(taken.getsockname()[1])) as running:
        _, errors = running.communicate(timeout=10)
        assert running.returncode == 1
        assert "cannot listen on" in errors


def test_a_seed_file_is_sown_before_the_port_opens(tmp_path: Path) -> None:
    """The first client finds what the file declares."""
    path = tmp_path / "local.toml"
    path.write_text('[[topics]]\nname = "projects/demo/topics/books"\n')
    with process("--port", "0", "--seed-file", str(path)) as running:
        with urllib.request.urlopen(f"http://{ready_line(running)[1]}/v1/projects/demo/topics") as answer:
            assert b"projects/demo/topics/books" in answer.read()
        running.send_signal(signal.SIGTERM)
        assert running.wait(timeout=10) == 0


def test_a_bad_seed_file_is_an_error(tmp_path: Path) -> None:
    """One line on standard error, status 1, no port."""
    path = tmp_path / "local.toml"
    path.write_text('[[topics]]\nname = "projects/demo/topics/1"\n')
    with process("--port", "0", "--seed-file", str(path)) as running:
        said, errors = running.communicate(timeout=10)
    assert (running.returncode, said) == (1, "")
    assert re.fullmatch(r"emulator: .*local\.toml, line 2: number 1 of topics.*\n", errors)


def test_an_address_for_everywhere_names_one_that_can_be_reached() -> None:
    """The ready line is for clients."""
    with process("--port", "0", "--host", "0.0.0.0") as running:
        address = ready_line(running)[1]
        assert urllib.request.urlopen(f"http://{address}/healthz").read() == b"ok\n"


def test_the_help_shows_how_to_start(capsys: pytest.CaptureFixture[str]) -> None:
    """Every option, and examples."""
    with pytest.raises(SystemExit):
        main(["--help"])
    said = capsys.readouterr().out
    for word in (
        "--host",
        "--port",
        "--seed-file",
        "--app-engine",
        "[[subscriptions]]",
        "PUBSUB_EMULATOR_HOST",
        "/healthz",
    ):
        assert word in said


def test_the_console_script_is_the_same() -> None:
    """`feedsync-emulator` starts what `python -m emulator` starts."""
    script = Path(sys.executable).parent / "feedsync-emulator"
    done = subprocess.run([script, "--help"], capture_output=True, text=True, timeout=30, check=True)
    assert "--seed-file" in done.stdout
