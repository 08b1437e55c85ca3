"""A verified file into a storage: bytes and a name in, where they are now out.

No file of others is overwritten, whatever the storage does on a clash. A file of the same content that has the name
already is adopted: so a crash between storing and noting leaves nothing behind, and neither does a copy made by hand.
"""

from __future__ import annotations

import hashlib
from pathlib import PurePosixPath
from typing import IO

from django.core.files import File
from django.core.files.storage import Storage

from consumers.files.naming import alternative, safe
from consumers.files.wanted import Wanted
from feedsync.files import measuring
from feedsync.files.known import Known
from feedsync.files.measuring import Problem


def adopt(wanted: Wanted) -> Known | None:
    """The wanted content, if it lies under the wanted name."""
    name = safe(wanted.wire_name)
    for candidate in (name, alternative(name, wanted.sha256)):
        if _holds(wanted.column.storage, candidate, wanted):
            return _known(wanted, candidate)
    return None


def store(wanted: Wanted, file: IO[bytes]) -> Known:
    """`file` holds the verified content."""
    file.seek(0)
    saved = wanted.column.storage.save(_free_name(wanted), File(file), max_length=wanted.column.field.max_length)
    return _known(wanted, saved)


def _free_name(wanted: Wanted) -> str:
    """Storages that overwrite would take a name that is in use."""
    storage, name = wanted.column.storage, safe(wanted.wire_name)
    for candidate in (name, alternative(name, wanted.sha256)):
        if not storage.exists(candidate):
            return candidate
    path = PurePosixPath(name)
    while storage.exists(candidate):
        candidate = str(path.with_name(storage.get_alternative_name(path.stem, path.suffix)))
    return candidate


def _holds(storage: Storage, name: str, wanted: Wanted) -> bool:
    digest = hashlib.sha256()
    try:
        if not storage.exists(name) or measuring.stat_of(storage, name).size != wanted.size:
            return False
        for piece in measuring.pieces(storage, name):
            digest.update(piece)
    except Problem:
        return False
    return digest.hexdigest() == wanted.sha256


def _known(wanted: Wanted, name: str) -> Known:
    stat = measuring.stat_of(wanted.column.storage, name)
    place, wire_name = wanted.column.place, wanted.wire_name
    return Known(
        place=place, name=name, wire_name=wire_name, size=wanted.size, modified=stat.modified, sha256=wanted.sha256
    )
