"""The pages about deployment: settings that the checks accept, manifests that parse, commands that read as such."""

from __future__ import annotations

import configparser
import os
import shlex
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.core.checks import run_checks
from pytest_django import Settings

from tests.docs.pages import ROOT, Block, blocks

PAGES = sorted((ROOT / "docs" / "deploy").glob("*.md"))
VARIABLES = {"SHOP_URL": "https://shop.example.com", "STUDIO_SECRET": "a secret that nobody guesses at all"}
BLOCKS = [block for page in PAGES for block in blocks(page)]


def of(language: str) -> pytest.MarkDecorator:
    """The blocks of a language, named for their page."""
    found = [block for block in BLOCKS if block.language == language]
    return pytest.mark.parametrize("block", found, ids=[f"{block.page.stem}-{n}" for n, block in enumerate(found)])


@of("python")
def test_settings_pass_the_checks(block: Block, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """A deployment with these settings has no error, nor a warning about calls."""
    for name, value in VARIABLES.items():
        monkeypatch.setenv(name, value)
    names: dict[str, Any] = {"os": os}
    exec(block.text, names)
    settings.FEEDSYNC = names["FEEDSYNC"]
    found = [
        each for each in run_checks(tags=["feedsync"], databases=[]) if each.is_serious() or each.id == "feedsync.W012"
    ]
    assert found == []


@of("yaml")
def test_manifests_parse_and_share_an_image(block: Block) -> None:
    """Each document is a mapping; every workload of a page runs the same image."""
    documents = list(yaml.safe_load_all(block.text))
    assert all(isinstance(document, dict) for document in documents)
    images = {
        container["image"]
        for document in documents
        if "spec" in document
        for container in document["spec"]["template"]["spec"]["containers"]
    }
    assert len(images) <= 1


@of("ini")
def test_units_have_what_a_service_needs(block: Block) -> None:
    """systemd would start it, and start it again."""
    unit = configparser.ConfigParser()
    unit.optionxform = str  # type: ignore[assignment,method-assign]
    unit.read_string(block.text)
    assert unit["Service"]["Restart"] == "always"
    assert "manage.py feedsync_" in unit["Service"]["ExecStart"]


@of("console")
def test_commands_read_as_such(block: Block) -> None:
    """Each line has balanced quotes, and begins with a program that the page may name."""
    assert block.commands
    for line in block.commands:
        words = shlex.split(line)
        assert words[0] in {"gcloud", "kubectl", "python", "export", "sudo", "journalctl"}
        assert not any(word.startswith("-") and " " in word.partition("=")[0] for word in words)


def test_every_platform_has_its_page() -> None:
    """And the overview leads there."""
    named = {path.name for path in PAGES} - {"README.md"}
    assert named == {"app-engine.md", "cloud-run.md", "kubernetes.md", "server.md"}
    overview = Path(PAGES[0]).read_text()
    assert all(f"({name})" in overview for name in named)
