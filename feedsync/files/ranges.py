"""HTTP ranges (RFC 9110) of one file: headers in, a first and last byte out.

One range of bytes is honoured; several are answered like none, as the standard allows.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})")


class Unsatisfiable(Exception):
    """The range begins behind the end of the file."""


@dataclass(frozen=True, slots=True)
class Part:
    """From byte `start`, `length` bytes, of `size`."""

    start: int
    length: int
    size: int

    @property
    def whole(self) -> bool:
        return self.length == self.size

    @property
    def content_range(self) -> str:
        return f"bytes {self.start}-{self.start + self.length - 1}/{self.size}"


def part(asked: str, condition: str, *, size: int, etag: str) -> Part:
    """`asked`: the header Range; `condition`: If-Range, which must name this very content. Raises Unsatisfiable."""
    found = RANGE.fullmatch(asked.strip())
    if found is None or found.groups() == ("", "") or (condition and condition != etag):
        return Part(0, size, size)
    first, last = found.groups()
    if not first:  # the last so many bytes
        length = min(int(last), size)
        return _checked(Part(size - length, length, size))
    if last and int(last) < int(first):
        return Part(0, size, size)
    end = min(int(last) + 1, size) if last else size
    return _checked(Part(int(first), end - int(first), size))


def _checked(found: Part) -> Part:
    if found.length <= 0:
        raise Unsatisfiable
    return found
