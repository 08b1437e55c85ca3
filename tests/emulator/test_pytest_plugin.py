"""The pytest plugin, in a project of its own."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

TESTS = """
import os
from google.cloud import pubsub_v1

TOPIC = "projects/demo/topics/books"

def test_the_environment_leads_to_it(emulator):
    publisher = pubsub_v1.PublisherClient()
    publisher.publish(TOPIC, b"hello").result(timeout=10)
    assert [message.data for message in emulator.published(TOPIC)] == [b"hello"]
    publisher.stop()
    publisher.transport.close()

def test_the_next_one_is_fresh(emulator):
    assert emulator.published(TOPIC) == []

def test_outside_there_is_none():
    assert "PUBSUB_EMULATOR_HOST" not in os.environ

def test_one_can_be_shared(session_emulator):
    session_emulator.publish(TOPIC, b"kept")

def test_and_is_the_same_until_it_is_reset(session_emulator):
    assert os.environ["PUBSUB_EMULATOR_HOST"] == session_emulator.host
    assert len(session_emulator.published(TOPIC)) == 1
    session_emulator.reset()
    session_emulator.create_topic(TOPIC)
    assert session_emulator.published(TOPIC) == []
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A directory with tests, a seed file and the line that opts in."""
    (tmp_path / "conftest.py").write_text('pytest_plugins = ["emulator.pytest_plugin"]\n')
    (tmp_path / "pytest.ini").write_text("[pytest]\nemulator_seed_file = local.toml\n")
    (tmp_path / "local.toml").write_text('[[topics]]\nname = "projects/demo/topics/books"\n')
    (tmp_path / "test_books.py").write_text(TESTS)
    return tmp_path


def run(project: Path, *arguments: str) -> str:
    """What pytest says in the project."""
    root = str(Path(__file__).parents[2])
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:django", *arguments]
    environment = {"PYTHONPATH": root, "PATH": ""}
    done = subprocess.run(
        command, check=False, cwd=project, env=environment, capture_output=True, text=True, timeout=60
    )
    return done.stdout + done.stderr


def test_the_fixtures_serve_the_official_client(project: Path) -> None:
    """Fresh or shared, seeded, and found through the environment, which is as before afterwards."""
    assert "5 passed" in run(project)


def test_nobody_gets_it_unasked(project: Path) -> None:
    """Without the line in conftest.py there are no fixtures."""
    (project / "conftest.py").unlink()
    (project / "pytest.ini").write_text("[pytest]\n")
    assert "fixture 'emulator' not found" in run(project, "-k", "fresh")
