"""A source that fails: each failure is one of our errors, with a sentence that says what to do."""

from __future__ import annotations

import gzip
import socket
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler
from typing import Any

import pytest
from requests.auth import HTTPBasicAuth

from consumers.http.session import Source
from feedsync.errors import FeedsyncError, SourceAnswer, SourceRefused, SourceUnavailable
from feedsync.export.errors import StaleCursor
from tests.unit.http.server import Answer, Server, chunked, plain


@pytest.fixture
def server() -> Iterator[Server]:
    """A source without answers yet."""
    with Server() as running:
        yield running


def source(url: str, **options: Any) -> Source:
    """A client that never waits between attempts."""
    return Source(url, auth=HTTPBasicAuth("a", "b"), allow_private=True, sleep=lambda _: None, **options)


@pytest.mark.parametrize(
    ("answer", "error", "advice"),
    [
        (plain(b"", status=404), SourceAnswer, r"is feedsync\.urls included"),
        (plain(b"", status=401), SourceRefused, "READERS"),
        (plain(b"", status=403), SourceRefused, "feeds"),
        (plain(b"", status=400), SourceAnswer, "answered 400"),
        (plain(b"", status=204), SourceAnswer, "answered 204"),
        (plain(b'{"error": "No such feed."}', status=404), SourceAnswer, 'answered 404. It said: "No such feed."'),
        (plain(b'{"error": "Not yours."}', status=403), SourceRefused, 'It said: "Not yours."'),
        (plain(b'{"error": "Another life."}', status=409), StaleCursor, 'It said: "Another life."'),
        (plain(b'{"error": ["odd"]}', status=400), SourceAnswer, "answered 400.$"),
        (plain(b'["odd"]', status=400), SourceAnswer, "answered 400.$"),
        (plain(b'{"error": "' + b"x" * 9999, status=400), SourceAnswer, "answered 400.$"),
        (
            plain(b"", status=301, Location="https://other.example/"),
            SourceAnswer,
            "redirects to https://other.example/",
        ),
        (plain(b"", status=302, Location="/login/"), SourceAnswer, "not followed"),
        (plain(b"", status=500), SourceUnavailable, "log of the source"),
        (plain(b"<html>", kind="text/html; charset=utf-8"), SourceAnswer, "web page"),
        (plain(b"not json"), SourceAnswer, "no JSON"),
        (plain(b"\xff\xfe\x00"), SourceAnswer, "no JSON"),
        (plain(b"{}", Content_Encoding="br"), SourceAnswer, "Content-Encoding 'br'"),
        (plain(b"{}", Content_Encoding="gzip"), SourceAnswer, "no valid gzip"),
        (plain(gzip.compress(b"{}")[:-4], Content_Encoding="gzip"), SourceUnavailable, "was cut"),
        (lambda _: None, SourceUnavailable, "closed the connection without an answer"),
        (lambda handler: handler.wfile.write(b"SSH-2.0-x\r\n"), SourceUnavailable, "without an answer"),
    ],
)
def test_answers_that_are_none(answer: Answer, error: type[FeedsyncError], advice: str, server: Server) -> None:
    """Whatever isn't feedsync's answer is an error that names the URL and what to look at."""
    server.answers["/contract/"] = answer
    with source(server.url) as client, pytest.raises(error, match=advice) as caught:
        client.get_json("contract/")
    assert f"{server.url}/contract/" in str(caught.value)


def test_redirect_is_not_followed(server: Server) -> None:
    """The credentials of one source are never sent where it points."""
    server.answers["/contract/"] = plain(b"", status=302, Location=f"{server.url}/elsewhere")
    with source(server.url) as client, pytest.raises(SourceAnswer):
        client.get_json("contract/")
    assert server.paths == ["/contract/"]


def test_unknown_host_is_told() -> None:
    """A host name that DNS doesn't know is told apart from a source that is down."""

    def unknown(*_: object) -> list[str]:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    with source("http://studio.test", resolve=unknown) as client, pytest.raises(SourceUnavailable, match="DNS"):
        client.get_json("contract/")


def test_host_without_address_is_told() -> None:
    """A name with no address is no crash."""
    with (
        source("http://studio.test", resolve=lambda *_: []) as client,
        pytest.raises(SourceUnavailable, match="refused the connection"),
    ):
        client.get_json("contract/")


def test_hanging_source_is_given_up(server: Server) -> None:
    """A source that takes the request and sends nothing ends in an error, after one attempt."""

    def hang(_: BaseHTTPRequestHandler) -> None:
        server.released.wait(10)

    server.answers["/contract/"] = hang
    with source(server.url, read_seconds=0.2) as client, pytest.raises(SourceUnavailable, match="sent nothing in time"):
        client.get_json("contract/")
    assert len(server.paths) == 1


def test_source_that_hangs_in_the_middle_is_given_up(server: Server) -> None:
    """A stream that stops without ending tells how far it came."""

    def chunks() -> Iterator[bytes]:
        yield b"one\ntwo\n"
        server.released.wait(10)

    server.answers["/export/"] = chunked(chunks())
    with source(server.url, read_seconds=0.2) as client:
        lines = client.stream_lines("export/")
        assert [next(lines), next(lines)] == [b"one", b"two"]
        with pytest.raises(SourceUnavailable, match="cut after 2 lines"):
            next(lines)


def short(handler: BaseHTTPRequestHandler) -> None:
    """Promises more than it sends."""
    handler.send_response(200)
    handler.send_header("Content-Length", "1000")
    handler.end_headers()
    handler.wfile.write(b"one\ntwo\nthr")


@pytest.mark.parametrize(
    "answer",
    [
        chunked([b"one\ntwo\n"], complete=False),
        chunked([b"one\ntwo\nthr"], complete=False),
        chunked([b"one\ntwo\nthr"]),
        short,
    ],
    ids=["between chunks", "inside a line", "ended inside a line", "short of its length"],
)
def test_cut_stream_tells_how_far_it_came(answer: Callable[[BaseHTTPRequestHandler], None], server: Server) -> None:
    """A stream cut anywhere gives its whole lines, then an error: never a quiet end."""
    server.answers["/export/"] = answer
    seen: list[bytes] = []
    with source(server.url) as client, pytest.raises(SourceUnavailable, match="cut after 2 lines"):
        seen.extend(client.stream_lines("export/"))
    assert len(server.paths) == 1


def test_abandoned_stream_closes_its_connection(server: Server) -> None:
    """Who stops reading early holds no connection to the source."""
    server.answers["/export/"] = chunked([b"one\n"] * 10)
    with source(server.url) as client:
        lines = client.stream_lines("export/")
        next(lines)
        lines.close()
        server.answers["/contract/"] = plain(b"{}")
        assert client.get_json("contract/") == {}
