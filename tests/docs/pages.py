"""The pages as data: their fenced blocks, links, and the file that the line before a block names."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGES = [ROOT / "README.md", ROOT / "GUARANTEES.md", *sorted((ROOT / "docs").rglob("*.md"))]
FENCE = re.compile(r"^```(\w*)\n(.*?)^```", re.DOTALL | re.MULTILINE)
FILE = re.compile(r"`([\w/]+\.py)`[^`]*\Z")
LINK = re.compile(r"\]\(([^)#\s]+)")


@dataclass(frozen=True, slots=True)
class Block:
    """One fenced block. `file`: what the paragraph above it is about, if it names a file."""

    page: Path
    language: str
    text: str
    file: str

    @property
    def commands(self) -> list[str]:
        """What a console block has people type."""
        return [line[2:] for line in self.text.splitlines() if line.startswith("$ ")]


def blocks(page: Path) -> list[Block]:
    text = page.read_text()
    found = []
    for match in FENCE.finditer(text):
        named = FILE.search(text[: match.start()].rstrip())
        found.append(Block(page, match[1], match[2], named[1] if named else ""))
    return found


def links(page: Path) -> list[str]:
    """Relative links of a page."""
    return [link for link in LINK.findall(FENCE.sub("", page.read_text())) if "://" not in link]
