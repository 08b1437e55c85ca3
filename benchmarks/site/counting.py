"""Middleware that notes how many bytes each streamed body had on the wire: a line in the file that BENCH_SENT names."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import cast

from django.http import HttpRequest, HttpResponseBase, StreamingHttpResponse

SENT = os.environ.get("BENCH_SENT", "")


class Counting:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self._get_response(request)
        if isinstance(response, StreamingHttpResponse) and SENT:
            response.streaming_content = _counted(cast(Iterator[bytes], response.streaming_content))
        return response


def _counted(body: Iterator[bytes]) -> Iterator[bytes]:
    size = 0
    for piece in body:
        size += len(piece)
        yield piece
    with Path(SENT).open("a") as sent:
        sent.write(f"{size}\n")
