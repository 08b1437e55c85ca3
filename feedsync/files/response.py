"""The HTTP response with a file: an offer and the request's headers in, bytes or a redirect out.

The ETag is the content's hash, so that an interrupted transfer can go on (Range with If-Range) and never mixes two
contents. With FILE_REDIRECTS a storage with signed URLs, as Google Cloud Storage, serves the bytes itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse

from feedsync.conf import settings
from feedsync.export.response import in_threads
from feedsync.files import ranges
from feedsync.files.measuring import PIECE_BYTES
from feedsync.files.offering import Offer
from feedsync.files.ranges import Part, Unsatisfiable


def give(offer: Offer, request: HttpRequest, *, asynchronous: bool) -> HttpResponseBase:
    if settings().file_redirects:
        url = offer.storage.url(offer.name)
        if urlsplit(url).scheme in ("http", "https"):  # a path of our own would show the file to everybody
            return HttpResponse(status=307, headers={"Location": url, "Cache-Control": "no-store"})
    try:
        part = ranges.part(
            request.headers.get("Range", ""), request.headers.get("If-Range", ""), size=offer.size, etag=offer.etag
        )
    except Unsatisfiable:
        return HttpResponse(status=416, headers={"Content-Range": f"bytes */{offer.size}"})
    pieces = _pieces(offer, part)
    return StreamingHttpResponse(
        in_threads(pieces) if asynchronous else pieces,
        status=200 if part.whole else 206,
        content_type="application/octet-stream",
        headers=_headers(offer, part),
    )


def _headers(offer: Offer, part: Part) -> dict[str, str]:
    headers = {
        "Content-Length": str(part.length),
        "Content-Encoding": "identity",  # Django's GZipMiddleware and proxies leave it alone then
        "Content-Disposition": "attachment",
        "X-Content-Type-Options": "nosniff",
        "Accept-Ranges": "bytes",
        "ETag": offer.etag,
        "Vary": "Authorization",
        "Cache-Control": "no-store, no-transform",
        "X-Accel-Buffering": "no",
    }
    return headers if part.whole else {**headers, "Content-Range": part.content_range}


def _pieces(offer: Offer, part: Part) -> Iterator[bytes]:
    left = part.length
    with offer.storage.open(offer.name, "rb") as file:
        file.seek(part.start)
        while left and (piece := file.read(min(PIECE_BYTES, left))):
            left -= len(piece)
            yield piece
