"""The emulator's page: its program runs as printed, and its table names what exists."""

from __future__ import annotations

import argparse
import re
import shlex
from pathlib import Path

import pytest
import requests

from emulator import Emulator

PAGE = (Path(__file__).parents[2] / "docs" / "emulator.md").read_text()


@pytest.mark.parametrize("program", re.findall(r"```python\n((?:import|from emulator).*?)```", PAGE, flags=re.DOTALL))
def test_the_programs_run_as_printed(program: str) -> None:
    """Copied from the page, they work."""
    exec(compile(program, "emulator.md", "exec"), {})


def test_every_method_that_the_page_names_exists() -> None:
    """And every public one is on the page."""
    named = set(re.findall(r"`cloud\.(\w+)", PAGE)) | set(re.findall(r"^    cloud\.(\w+)", PAGE, flags=re.MULTILINE))
    public = {name for name in vars(Emulator) if not name.startswith("_")}
    assert named | {"host"} == public


def test_the_curl_commands_work_as_printed() -> None:
    """On another port, each answers with JSON that is no error; what curl would send is sent from here."""
    curl = argparse.ArgumentParser()
    curl.add_argument("url")
    curl.add_argument("-X", dest="verb", default="")
    curl.add_argument("--data")
    lines = re.findall(r"^\$ (curl .*)$", PAGE, flags=re.MULTILINE)
    assert len(lines) >= 3
    with Emulator() as cloud:
        for line in lines:
            said = curl.parse_args(shlex.split(line.replace("127.0.0.1:8085", cloud.host))[1:])
            verb = said.verb or ("GET" if said.data is None else "POST")
            form = {} if said.data is None else {"Content-Type": "application/x-www-form-urlencoded"}
            answer = requests.request(verb, said.url, data=said.data, headers=form, timeout=30)
            assert answer.ok, line
            assert "error" not in answer.json(), line


def test_the_seed_file_is_one(tmp_path: Path) -> None:
    """Copied from the page, it declares a subscription with the fields shown."""
    (seed,) = re.findall(r"```toml\n(.*?)```", PAGE, flags=re.DOTALL)
    path = tmp_path / "local.toml"
    path.write_text(seed)
    cloud = Emulator(seed_file=path)
    cloud.publish("projects/demo/topics/books", b"a")
    assert len(cloud.outstanding("projects/demo/subscriptions/books-replica")) == 1
