"""The emulator's page: its program runs as printed, and its table names what exists."""

from __future__ import annotations

import re
from pathlib import Path

from emulator import Emulator

PAGE = (Path(__file__).parents[2] / "docs" / "emulator.md").read_text()


def test_the_program_runs_as_printed() -> None:
    """Copied from the page, it works."""
    (program,) = re.findall(r"```python\n(.*?)```", PAGE, flags=re.DOTALL)
    exec(compile(program, "emulator.md", "exec"), {})


def test_every_method_that_the_page_names_exists() -> None:
    """And every public one is on the page."""
    named = set(re.findall(r"`cloud\.(\w+)", PAGE)) | set(re.findall(r"^    cloud\.(\w+)", PAGE, flags=re.MULTILINE))
    public = {name for name in vars(Emulator) if not name.startswith("_")}
    assert named | {"host"} == public
