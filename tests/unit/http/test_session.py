"""A source that answers: what is sent to it, what comes out, and what is tried again."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from typing import Any

import pytest
import zstandard
from requests.auth import AuthBase

from consumers.http.credentials import Signature
from consumers.http.session import ATTEMPTS, Source
from feedsync.auth import signing
from feedsync.auth.nonces import MemoryNonces
from feedsync.errors import SourceUnavailable
from tests.unit.http.server import Server, chunked, in_turn, plain

NOW = 1_800_000_000.0


@pytest.fixture
def server() -> Iterator[Server]:
    """A source without answers yet."""
    with Server() as running:
        yield running


def source(server: Server, *, slept: list[float] | None = None, **options: Any) -> Source:
    """A client that signs, and that notes how long it would have slept."""
    auth: AuthBase = Signature("correct horse", reader="shop", source="studio", clock=lambda: NOW)
    note = [] if slept is None else slept
    return Source(server.url, auth=auth, allow_private=True, sleep=note.append, **options)


def test_json_is_parsed(server: Server) -> None:
    """An answer in JSON comes as Python objects."""
    server.answers["/contract/"] = plain(b'{"feeds": []}')
    with source(server) as client:
        assert client.get_json("/contract/") == {"feeds": []}


@pytest.mark.parametrize(("encoding", "compress"), [("", bytes), ("gzip", gzip.compress), ("zstd", zstandard.compress)])
def test_lines_are_decompressed(encoding: str, compress: Any, server: Server) -> None:
    """The stream is read in whichever encoding the source took up."""
    body = compress(b'{"n":1}\n{"n":2}\n')
    server.answers["/export/"] = chunked([body[:5], body[5:]], encoding=encoding)
    with source(server) as client:
        assert list(client.stream_lines("export/", {"cursor": "x"})) == [b'{"n":1}', b'{"n":2}']
    assert server.paths == ["/export/?cursor=x"]
    assert server.headers[0]["accept-encoding"] == "zstd, gzip"


def test_lines_come_as_they_are_sent(server: Server) -> None:
    """A line is handed over before the source sends the next one: the stream is never gathered."""
    compressor = zstandard.ZstdCompressor().compressobj()

    def drip(handler: BaseHTTPRequestHandler) -> None:
        def chunks() -> Iterator[bytes]:
            yield compressor.compress(b"one\n") + compressor.flush(zstandard.COMPRESSOBJ_FLUSH_BLOCK)
            server.released.wait(10)
            yield compressor.compress(b"two\n") + compressor.flush()

        chunked(chunks(), encoding="zstd")(handler)

    server.answers["/export/"] = drip
    with source(server) as client:
        lines = client.stream_lines("export/")
        assert next(lines) == b"one"
        assert not server.released.is_set()
        server.released.set()
        assert list(lines) == [b"two"]


def test_bytes_come_as_they_are(server: Server) -> None:
    """A file is handed over unchanged."""
    server.answers["/files/1"] = plain(b"\x00\n\xff", kind="image/png")
    with source(server) as client:
        assert b"".join(client.stream_bytes("files/1")) == b"\x00\n\xff"


def test_each_request_is_signed_anew(server: Server) -> None:
    """Path and query are covered, and no two requests share a nonce, repeated ones included."""
    server.answers["/export/"] = in_turn(plain(b"", status=503), plain(b"{}"))
    with source(server) as client:
        client.get_json("export/", {"cursor": "ä b"})
    nonces = MemoryNonces()
    for headers in server.headers:
        claim = signing.parse(headers["authorization"])
        message = signing.Message(environment="studio", method="GET", path="/export/", query="cursor=%C3%A4+b")
        signing.verify(message, claim, secret="correct horse", now=NOW, nonces=nonces)
    assert len(server.headers) == 2


def test_environment_of_the_process_stays_out(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """Proxy variables don't send a source's requests elsewhere."""
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:1")
    server.answers["/contract/"] = plain(b"{}")
    with source(server) as client:
        assert client.get_json("contract/") == {}


@pytest.mark.parametrize("status", [429, 502, 503, 504])
def test_overloaded_source_is_asked_again(status: int, server: Server) -> None:
    """A source that is busy for a moment doesn't end the pull; the waits are random and bounded."""
    slept: list[float] = []
    busy = plain(b"busy", status=status)
    server.answers["/contract/"] = in_turn(busy, busy, plain(b"{}"))
    with source(server, slept=slept) as client:
        assert client.get_json("contract/") == {}
    assert len(slept) == 2
    assert all(0 <= seconds <= 8 for seconds in slept)


def test_overloaded_source_is_given_up(server: Server) -> None:
    """After four attempts the error says what the source answered."""
    server.answers["/contract/"] = plain(b"busy", status=503)
    with source(server) as client, pytest.raises(SourceUnavailable, match="answered 503"):
        client.get_json("contract/")
    assert len(server.paths) == ATTEMPTS


def test_failing_source_is_asked_once(server: Server) -> None:
    """An error of the source's own code isn't repeated: the same would happen again."""
    server.answers["/contract/"] = plain(b"oops", status=500)
    with source(server) as client, pytest.raises(SourceUnavailable, match="log of the source"):
        client.get_json("contract/")
    assert len(server.paths) == 1


def test_refused_connections_are_tried_again() -> None:
    """A source that restarts is reached once it is back."""
    slept: list[float] = []
    with Server() as gone:
        client = source(gone, slept=slept)
    with client, pytest.raises(SourceUnavailable, match="refused the connection"):
        client.get_json("contract/")
    assert len(slept) == ATTEMPTS - 1
