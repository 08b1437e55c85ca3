"""What every page shows exists: files, commands, make targets, settings, Python."""

from __future__ import annotations

import ast
import re
import shlex
from pathlib import Path

import pytest
from django.core.management import get_commands, load_command_class

from feedsync.conf import KEYS
from tests.docs.pages import PAGES, ROOT, blocks, links

MANAGE = re.compile(r"manage\.py (feedsync_\w+)((?: --?[\w-]+)*)")
TARGETS = set(re.findall(r"^(\w+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
pages = pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))


@pages
def test_links_lead_somewhere(page: Path) -> None:
    """Every relative link and picture is a file of this repository."""
    missing = [link for link in links(page) if not (page.parent / link).exists()]
    assert missing == []


@pages
def test_python_is_python(page: Path) -> None:
    """Every Python block compiles; a class body of dots is allowed."""
    for block in blocks(page):
        if block.language == "python":
            ast.parse(block.text)


@pages
def test_commands_and_their_options_exist(page: Path) -> None:
    """Every management command that a page names is there, with the options shown."""
    for name, options in MANAGE.findall(page.read_text()):
        command = load_command_class(get_commands()[name], name)
        known = {
            option for action in command.create_parser("manage.py", name)._actions for option in action.option_strings
        }
        assert set(options.split()) <= known, f"{name}{options}"


@pages
def test_make_targets_exist(page: Path) -> None:
    """Every `make` line has its target."""
    typed = [shlex.split(line) for block in blocks(page) for line in block.commands]
    assert {line[1] for line in typed if line[0] == "make"} <= TARGETS


@pages
def test_settings_exist(page: Path) -> None:
    """Every key in a FEEDSYNC dict that a page shows is a setting."""
    for block in blocks(page):
        if block.language == "python":
            for node in ast.walk(ast.parse(block.text)):
                if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "FEEDSYNC":
                    assert isinstance(node.value, ast.Dict)
                    assert {ast.literal_eval(key) for key in node.value.keys if key} <= set(KEYS)
