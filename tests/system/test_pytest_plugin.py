"""`feedsync.testing.pytest_plugin` in a project of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

TESTS = """\
import pytest
from django.db import connection
from django.test import TestCase, TransactionTestCase

from tests.library.models import Tag

SQL = "/* past */ UPDATE library_tag SET label = 'x'"


def run():
    with connection.cursor() as cursor:
        cursor.execute(SQL)


@pytest.mark.django_db
def test_past():
    run()


@pytest.mark.django_db
@pytest.mark.feedsync_uncaptured
def test_allowed():
    run()


@pytest.mark.django_db
def test_captured():
    Tag.objects.create(slug="a")


@pytest.mark.django_db
def test_failing_by_itself():
    run()
    assert False, "its own reason"


class Cases(TestCase):
    def test_past_too(self):
        run()


class Flushing(TransactionTestCase):
    def test_captured_too(self):
        Tag.objects.create(slug="a")
"""


@pytest.fixture(scope="module")
def said(tmp_path_factory: pytest.TempPathFactory) -> str:
    """What pytest says in a project that opted in."""
    project = tmp_path_factory.mktemp("project")
    (project / "conftest.py").write_text('pytest_plugins = ["feedsync.testing.pytest_plugin"]\n')
    (project / "pytest.ini").write_text(
        "[pytest]\nDJANGO_SETTINGS_MODULE = tests.settings\naddopts = --strict-markers\n"
    )
    (project / "test_ours.py").write_text(TESTS)
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2]), "FEEDSYNC_TEST_DATABASE": "sqlite"}
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-p", "no:xdist", "-rA"]
    done = subprocess.run(
        command, check=False, cwd=project, env=environment, capture_output=True, text=True, timeout=120
    )
    return done.stdout + done.stderr


@pytest.mark.parametrize("test", ["test_past", "Cases::test_past_too"])
def test_a_write_past_the_capture_fails_its_test(said: str, test: str) -> None:
    """The message has feed, line and statement, and says what to do."""
    assert f"FAILED test_ours.py::{test}" in said
    assert "Written past feedsync's capture" in said
    assert "library.tag in " in said
    assert "test_ours.py:12" in said
    assert "/* past */ UPDATE library_tag" in said
    assert "feedsync.outbox.mark" in said


@pytest.mark.parametrize("test", ["test_allowed", "test_captured", "Flushing::test_captured_too"])
def test_everything_else_passes(said: str, test: str) -> None:
    """What is captured, what is allowed, and Django's flush after a test."""
    assert f"PASSED test_ours.py::{test}" in said


def test_a_test_that_fails_by_itself_says_why(said: str) -> None:
    """Its own reason isn't hidden."""
    assert "FAILED test_ours.py::test_failing_by_itself - AssertionError" in said
