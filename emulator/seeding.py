"""What is there from the start: a file that declares resources by the names that the API has for their fields.

In goes a TOML, JSON or YAML file; each entry becomes the call that would create it over HTTP, in the order of SECTIONS.
What exists already stays as it is, so that a kept state and its seed file go together. SeedError says what is wrong.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from emulator.web import Page, Request


class SeedError(Exception):
    """The seed file cannot be used; the message names the culprit."""


@dataclass(frozen=True, slots=True)
class Section:
    """One kind of resource: what its names look like, and the call that creates one."""

    names: str  # with <parts>
    verb: str
    target: str  # of the path and query; {name}, or the {parent} and {id} that a name consists of

    def fits(self, name: str) -> bool:
        """Whether the name is one of this kind."""
        return re.fullmatch(re.sub(r"<\w+>", "[^/]+", self.names), name) is not None

    def called(self, name: str, seed: dict[str, Any]) -> Request:
        """The call for a name of this kind."""
        parent, _, last = name.rpartition("/")
        parts = {"name": quote(name), "parent": quote(parent.rpartition("/")[0]), "id": quote(last)}
        path, _, query = self.target.format(**parts).partition("?")
        # TOML and YAML have dates of their own.
        return Request(verb=self.verb, path=path, query=query, body=json.dumps(seed, default=str).encode())


SECTIONS = {
    "schemas": Section("projects/<project>/schemas/<id>", "POST", "/v1/{parent}/schemas?schemaId={id}"),
    "topics": Section("projects/<project>/topics/<id>", "PUT", "/v1/{name}"),
    "subscriptions": Section("projects/<project>/subscriptions/<id>", "PUT", "/v1/{name}"),
    "queues": Section("projects/<project>/locations/<location>/queues/<id>", "POST", "/v2/{parent}/queues"),
}


async def sow(path: Path, ask: Page) -> None:
    """Create what the file declares, by asking over the JSON mapping."""
    text = _read(path)
    seen = set()
    for section, place, seed in _entries(path, _parsed(path, text)):
        name = seed.get("name")
        if not isinstance(name, str):
            raise SeedError(f"{path}: {place} has no name.")
        where = f"{path}{_line(text, name)}: {place}, {name}"
        if not SECTIONS[section].fits(name):
            raise SeedError(f"{where}: a name has the form {SECTIONS[section].names}.")
        if name in seen:
            raise SeedError(f"{where}: declared twice.")
        seen.add(name)
        reply = await ask(SECTIONS[section].called(name, seed))
        error = json.loads(reply.body).get("error")
        if error is not None and error["status"] != "ALREADY_EXISTS":
            raise SeedError(f"{where}: {error['message']}")


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise SeedError(f"{path}: {error}") from None


def _parsed(path: Path, text: str) -> dict[str, Any]:
    try:
        seeds = _parse(path, text)
    except ValueError as error:  # each parser's own, with line and column
        raise SeedError(f"{path}: {error}") from None
    if not isinstance(seeds, dict):
        raise SeedError(f"{path}: expected a table with {', '.join(SECTIONS)}.")
    unknown = [section for section in seeds if section not in SECTIONS]
    if unknown:
        raise SeedError(
            f"{path}{_line(text, unknown[0])}: unknown section {unknown[0]!r}; there are {', '.join(SECTIONS)}."
        )
    return seeds


def _parse(path: Path, text: str) -> Any:
    if path.suffix == ".json":
        return json.loads(text)
    if path.suffix == ".toml":
        import tomllib

        return tomllib.loads(text)
    if path.suffix in (".yaml", ".yml"):
        return _parse_yaml(text)
    raise ValueError("the name must end with .toml, .json or .yaml.")


def _parse_yaml(text: str) -> Any:
    try:
        import yaml
    except ModuleNotFoundError:
        raise ValueError("YAML needs PyYAML: pip install 'feedsync[emulator]'; TOML and JSON need nothing.") from None
    try:
        return yaml.safe_load(text) or {}
    except yaml.YAMLError as error:
        raise ValueError(str(error)) from None


def _entries(path: Path, seeds: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for section in SECTIONS:
        entries = seeds.get(section, [])
        if not isinstance(entries, list):
            raise SeedError(f"{path}: {section} must be a list.")
        for number, entry in enumerate(entries, start=1):
            place = f"number {number} of {section}"
            if not isinstance(entry, dict):
                raise SeedError(f"{path}: {place} must be a table of fields.")
            yield section, place, entry


def _line(text: str, word: str) -> str:
    alone = re.compile(rf"(?<![\w/.-]){re.escape(word)}(?![\w/.-])")
    for number, line in enumerate(text.splitlines(), start=1):
        if alone.search(line):
            return f", line {number}"
    return ""
