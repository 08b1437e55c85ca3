"""Requests that the emulator makes come to an end, whatever the other side does."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from emulator.outgoing import Answered, Outcome, Outgoing, Sender, TimedOut, Unanswered

Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


async def _sent(serve: Serve, *, timeout_seconds: float, times: int = 1) -> list[Outcome]:
    """What becomes of requests to a server that does this with each connection."""
    writers: list[asyncio.StreamWriter] = []

    async def serve_and_close(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writers.append(writer)
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            await serve(reader, writer)

    server = await asyncio.start_server(serve_and_close, "127.0.0.1", 0)
    sender = Sender(clock=time.time)
    request = Outgoing(verb="POST", url=f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/", body=b"load")
    outcomes = [await sender.send(request, timeout_seconds=timeout_seconds) for _ in range(times)]
    await sender.close()
    server.close()
    for writer in writers:
        writer.close()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()
    return outcomes


def _answering(answer: bytes, *, close: bool = True) -> Serve:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"load")
        writer.write(answer)
        if close:
            writer.close()

    return serve


async def _hang(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read()


async def _never_end(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    while True:
        writer.write(b"1\r\nx\r\n")
        await writer.drain()
        await asyncio.sleep(0.01)


@pytest.mark.parametrize(
    "answer",
    [b"", b"garbage\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab", b"\x16\x03\x01" * 100, b"HTTP/1.1 "],
)
def test_garbage_and_half_an_answer_are_none(answer: bytes) -> None:
    """Closed at once, no HTTP, cut off."""
    (outcome,) = asyncio.run(_sent(_answering(answer), timeout_seconds=10))
    assert isinstance(outcome, Unanswered), outcome


@pytest.mark.parametrize("serve", [_hang, _never_end, _answering(b"HTTP/1.1 100 Continue\r\n\r\n", close=False)])
def test_a_server_that_never_ends_is_given_up(serve: Serve) -> None:
    """When the time is up."""
    assert asyncio.run(_sent(serve, timeout_seconds=0.2)) == [TimedOut()]


def test_a_large_answer_is_not_read_to_its_end() -> None:
    """Its status is known by then."""
    large = b"HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n" + bytes(2_000_000)
    (outcome,) = asyncio.run(_sent(_answering(large, close=False), timeout_seconds=10))
    assert isinstance(outcome, Answered)
    assert outcome.status == 200


def test_processing_is_an_answer() -> None:
    """102 counts though another answer may follow, and the next request gets its own."""
    serve = _answering(b"HTTP/1.1 102 Processing\r\n\r\n", close=False)
    assert asyncio.run(_sent(serve, timeout_seconds=10, times=2)) == [Answered(status=102), Answered(status=102)]


def test_a_bug_is_no_answer(caplog: pytest.LogCaptureFixture) -> None:
    """Whoever waits for it goes on, and the log has the traceback."""

    async def sent() -> Outcome:
        sender = Sender(clock=time.time)
        broken: Any = None
        outcome = await sender.send(Outgoing(verb=broken, url="http://127.0.0.1:1/"), timeout_seconds=20)
        await sender.close()
        return outcome

    assert isinstance(asyncio.run(sent()), Unanswered)
    assert "a request could not be sent" in caplog.text


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:1/", "http://no.such.host.invalid/", "http://[::1]:1/", "http://a..b/"]
)
def test_who_cannot_be_reached_does_not_answer(url: str) -> None:
    """A port that nobody listens on, a name that nobody has."""

    async def sent() -> Outcome:
        sender = Sender(clock=time.time)
        outcome = await sender.send(Outgoing(verb="GET", url=url), timeout_seconds=20)
        await sender.close()
        return outcome

    assert isinstance(asyncio.run(sent()), Unanswered)
