"""The tour, walked: an empty folder, the page's files and commands, two environments that are the same at the end."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.docs.pages import ROOT, blocks

PAGE = ROOT / "docs" / "tour.md"
PATIENCE_SECONDS = 60
COUNT = "from texts.models import Text; print(sorted(Text.objects.values_list('language__code', 'key', 'value')))"
FILL = """
from texts.models import Language, Text
language = Language.objects.create(code="en")
Text.objects.create(language=language, key="title", value="Hello")
"""
ADD = """
from consumers.models import DataSource
DataSource.objects.create(env_name="studio", env_url="{url}", enabled=False)
DataSource.objects.update(enabled=True)
"""
EDIT = """
from texts.models import Language, Text
Text.objects.update(value="Good morning")
Language.objects.update(code="en-GB")
"""


class Walk:
    """Someone at a shell in an empty folder."""

    def __init__(self, folder: Path, emulator: str) -> None:
        self.folder = folder
        self.typed: list[str] = []
        self.environment = {
            **{name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"},
            "PYTHONPATH": str(ROOT),
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            "PUBSUB_EMULATOR_HOST": emulator,
            "DJANGO_SUPERUSER_PASSWORD": "password",
        }

    def run(self, command: str) -> str:
        """Type a line of the page."""
        done = subprocess.run(
            command,
            shell=True,
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
        self.typed.append(command)
        return done.stdout

    def shell(self, environment: str, code: str) -> str:
        """What the page has people do in the admin, as a program."""
        done = subprocess.run(
            [sys.executable, "manage.py", "shell", "--verbosity", "0", "-c", code],
            cwd=self.folder,
            env={**self.environment, "ENVIRONMENT": environment},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    @contextmanager
    def running(self, environment: str, *arguments: str) -> Iterator[None]:
        """A command that stays."""
        with (self.folder / f"{environment}-{arguments[0]}.log").open("w") as log:
            process = subprocess.Popen(
                [sys.executable, "manage.py", *arguments],
                cwd=self.folder,
                env={**self.environment, "ENVIRONMENT": environment},
                stdout=log,
                stderr=log,
            )
            try:
                yield
            finally:
                process.terminate()
                process.wait(timeout=30)


def test_the_tour(tmp_path: Path) -> None:
    """Every command that the page shows is typed, or run with a free port, and the texts arrive."""
    with emulator() as host:
        walk = Walk(tmp_path, host)
        make_project(walk)
        for command in commands_of("## 3."):
            if "runserver" not in command:
                walk.run(
                    command.replace("createsuperuser", "createsuperuser --noinput --username a --email a@example.org")
                )
        walk.shell("studio", FILL)
        port = free_port()
        with walk.running("studio", "runserver", "--noreload", str(port)):
            answering(port)
            walk.shell("shop", ADD.format(url=f"http://127.0.0.1:{port}"))
            walk.run("ENVIRONMENT=shop python manage.py feedsync_pull studio")
            assert walk.shell("shop", COUNT) == "[('en', 'title', 'Hello')]"
            with walk.running("shop", "feedsync_consume"):
                walk.shell("studio", EDIT)
                walk.run("ENVIRONMENT=studio python manage.py feedsync_relay --once")
                arrives(walk, "[('en-GB', 'title', 'Good morning')]")
        assert "studio" in walk.run("ENVIRONMENT=shop python manage.py feedsync_status")


def make_project(walk: Walk) -> None:
    """Section 1, without installing: the tests have feedsync already."""
    for command in commands_of("## 1."):
        if "django-admin" in command:
            walk.run(command.replace("python manage.py", f"{sys.executable} manage.py"))
    for block in blocks(PAGE):
        if block.language == "python":
            target = walk.folder / block.file
            kept = target.read_text() if block.file.endswith("settings.py") else ""
            target.write_text(f"{kept}\n{block.text}")
    settings = walk.folder / "mysite" / "settings.py"
    assert "FEEDSYNC" in settings.read_text()


def commands_of(section: str) -> list[str]:
    text = PAGE.read_text()
    part = text[text.index(section) :].split("\n## ", 2)[0]
    return re.findall(r"^\$ (.*)$", part, re.MULTILINE)


@contextmanager
def emulator() -> Iterator[str]:
    command = [sys.executable, "-m", "emulator", "--port", "0"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            found = re.search(r"PUBSUB_EMULATOR_HOST=([\w.:]+)", process.stdout.readline())
            assert found is not None
            yield found[1]
        finally:
            process.terminate()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def answering(port: int) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise AssertionError("the server does not answer")


def arrives(walk: Walk, expected: str) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while (found := walk.shell("shop", COUNT)) != expected:
        assert time.monotonic() < deadline, found
