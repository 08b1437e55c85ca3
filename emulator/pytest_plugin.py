"""Fixtures for tests of code that uses Google Cloud. Opt in, in a conftest.py:

    pytest_plugins = ["emulator.pytest_plugin"]

`emulator` is a fresh emulator for one test, `session_emulator` one for the whole run. While one lives, the environment
leads every official client that is made to it. The option `emulator_seed_file` names what both start with.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from emulator.running import Emulator

_OPTION = "emulator_seed_file"


def pytest_addoption(parser: pytest.Parser) -> None:
    """The option in pytest.ini or pyproject.toml."""
    parser.addini(_OPTION, "TOML, JSON or YAML file with what emulators start with, relative to the root directory")


@pytest.fixture
def emulator(pytestconfig: pytest.Config, monkeypatch: pytest.MonkeyPatch) -> Iterator[Emulator]:
    """An emulator of this test's own, which the environment leads to."""
    yield from _served(pytestconfig, monkeypatch)


@pytest.fixture(scope="session")
def session_emulator(pytestconfig: pytest.Config) -> Iterator[Emulator]:
    """One emulator for all tests; `session_emulator.reset()` empties it between them."""
    with pytest.MonkeyPatch.context() as monkeypatch:
        yield from _served(pytestconfig, monkeypatch)


def _served(config: pytest.Config, monkeypatch: pytest.MonkeyPatch) -> Iterator[Emulator]:
    seed_file = config.getini(_OPTION)
    with Emulator(seed_file=config.rootpath / seed_file if seed_file else None) as cloud:
        for name, value in cloud.environment.items():
            monkeypatch.setenv(name, value)
        yield cloud
