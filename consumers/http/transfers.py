"""Files of a source over HTTP: what is wanted and from which byte on in, a body out.

A source may send us to a storage with a signed URL: one such redirect is followed, to an allowed address, with nothing
of ours but the range. Whether the bytes are the right ones is for the caller to see.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import requests
import urllib3.exceptions

from consumers.files.downloading import WrongContent
from consumers.files.wanted import Wanted
from consumers.http.failures import check_file_answer
from consumers.http.session import CHUNK_BYTES, Source
from feedsync import natural_keys
from feedsync.errors import SourceAnswer, SourceUnavailable
from feedsync.wire import json

REDIRECTS = (302, 303, 307)
CONTENT_RANGE = re.compile(r"bytes (\d{1,18})-\d{1,18}/(\d{1,18}|\*)")


class SourceFiles:
    """For one thread, as its `Source`."""

    def __init__(self, source: Source) -> None:
        self._source = source

    def close(self) -> None:
        self._source.close()

    @contextmanager
    def open_file(self, wanted: Wanted, *, offset: int) -> Iterator[HttpBody]:
        path = f"feedsync/files/{wanted.change.feed}/{wanted.column.name}/"
        url = f"{self._source.url}/{path}"
        response = self._answer(path, wanted, offset)
        with response:
            check_file_answer(response, url)
            yield HttpBody(response, _start(response, wanted, offset), url)

    def _answer(self, path: str, wanted: Wanted, offset: int) -> requests.Response:
        headers = {"Accept-Encoding": "identity"}
        if offset:
            headers |= {"Range": f"bytes={offset}-", "If-Range": f'"{wanted.sha256}"'}
        key = json.dumps(natural_keys.parse(wanted.change.key)).decode()
        response = self._source.ask(path, {"key": key, "sha256": wanted.sha256}, headers)
        if response.status_code not in REDIRECTS:
            return response
        with response:
            target = response.headers.get("Location", "")
        headers.pop("If-Range", None)  # another server has other tags; the hash decides at the end
        return self._source.ask_elsewhere(target, headers)


def _start(response: requests.Response, wanted: Wanted, offset: int) -> int:
    """From which byte on the body is; raises where its headers tell another size than announced."""
    if response.status_code != 206:
        length = response.headers.get("Content-Length", "")
        if length.isdigit() and int(length) != wanted.size:
            raise WrongContent(
                f"{wanted.wire_name}: the source has {length} bytes, {wanted.size} were announced: refused."
            )
        return 0
    found = CONTENT_RANGE.fullmatch(response.headers.get("Content-Range", ""))
    if found is None or int(found[1]) != offset or found[2] not in ("*", str(wanted.size)):
        raise SourceAnswer(f"{wanted.wire_name}: the source answered another range than was asked for: refused.")
    return offset


@dataclass(slots=True)
class HttpBody:
    response: requests.Response
    start: int
    url: str

    def read(self) -> bytes:
        raw: Any = self.response.raw
        try:
            piece: bytes = raw.read1(CHUNK_BYTES, decode_content=False)  # what is there, so that a trickle is seen
        except (OSError, urllib3.exceptions.HTTPError) as error:
            raise SourceUnavailable(f"{self.url}: the file was cut ({error}).") from error
        return piece
