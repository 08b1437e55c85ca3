"""Names of files from elsewhere: a name on the wire in, a name that is safe in any storage out.

What would leave the storage is refused; what some file system can't take is changed a little.
"""

from __future__ import annotations

from pathlib import PurePosixPath

from feedsync.errors import PermanentError
from feedsync.files.measuring import MAX_NAME

MAX_PART_BYTES = 200  # of the 255 that file systems allow; Django and we add to a name that is taken
RESERVED = frozenset({"con", "prn", "aux", "nul", *(f"{name}{n}" for name in ("com", "lpt") for n in range(1, 10))})


class UnsafeName(PermanentError):
    """A file's name would leave the storage."""


def safe(wire_name: str) -> str:
    """The name to store it under; raises UnsafeName."""
    parts = wire_name.split("/")
    absolute = not parts[0] or parts[0].endswith(":")
    if absolute or len(wire_name) > MAX_NAME or any(part in ("", ".", "..") for part in parts):
        raise UnsafeName(f"The file name {wire_name[:200]!r} is none that a storage may take: refused.")
    if "\\" in wire_name or any(ord(letter) < 32 or ord(letter) == 127 for letter in wire_name):
        raise UnsafeName(f"The file name {wire_name[:200]!r} has letters that none may have: refused.")
    return "/".join(map(_part, parts))


def alternative(name: str, sha256: str) -> str:
    """Where another content has the name already: `a/b.png` as `a/b_1f2e3d4c.png`, the same each time."""
    path = PurePosixPath(name)
    return str(path.with_name(f"{path.stem}_{sha256[:8]}{path.suffix}"))


def _part(part: str) -> str:
    """A folder or file name: not Windows's devices, and not too long."""
    if part.partition(".")[0].rstrip().lower() in RESERVED:
        part = f"_{part}"
    encoded = part.encode(errors="replace")
    if len(encoded) <= MAX_PART_BYTES:
        return part
    suffix = PurePosixPath(part).suffix[:20]
    return encoded[: MAX_PART_BYTES - len(suffix.encode())].decode(errors="ignore") + suffix
