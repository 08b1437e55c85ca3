"""The one port: two protocols, slow and broken clients, many connections, and the cost of none of them."""

from __future__ import annotations

import asyncio
import contextlib
import resource
import socket
import urllib.request
from collections.abc import Iterator

import pytest

from emulator import Emulator
from emulator.running import run
from emulator.serving import unserved
from emulator.serving.front import PREFACE, Front
from emulator.serving.pipe import tie
from tests.emulator.collecting import publish_at_once, pulled
from tests.emulator.conftest import Clients, Pair
from tests.emulator.serving.waiting import WAIT_SECONDS, eventually

SETTINGS = b"\x00\x00\x00\x04\x00\x00\x00\x00\x00"  # an empty frame


def address(cloud: Emulator) -> tuple[str, int]:
    """Where the emulator listens."""
    host, _, port = cloud.host.partition(":")
    return host, int(port)


def dialled(cloud: Emulator) -> socket.socket:
    """A connection that says nothing yet."""
    return socket.create_connection(address(cloud), timeout=WAIT_SECONDS)


def healthy(cloud: Emulator) -> bool:
    """Whether the emulator answers over HTTP/1.1."""
    with urllib.request.urlopen(f"http://{cloud.host}/healthz", timeout=WAIT_SECONDS) as answer:
        return bool(answer.read() == b"ok\n")


def test_both_protocols_share_the_port(cloud: Emulator, own: Clients, own_pair: Pair) -> None:
    """What comes in over gRPC is there over HTTP/1.1."""
    assert own.publisher.get_topic(topic=own_pair.topic).name == own_pair.topic
    with urllib.request.urlopen(f"http://{cloud.host}/v1/{own_pair.topic}") as answer:
        assert own_pair.topic.encode() in answer.read()


def test_a_preface_may_come_in_pieces(cloud: Emulator) -> None:
    """A slow client of HTTP/2 is one all the same."""
    with dialled(cloud) as client:
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for number in range(len(PREFACE)):
            client.send(PREFACE[number : number + 1])
        client.send(SETTINGS)
        assert client.recv(9)[3] == 4  # the server's own settings


def test_a_client_may_ask_often_whether_anybody_is_there(cloud: Emulator) -> None:
    """Each ping is answered; gRPC's own habit is to hang up at the third."""
    with dialled(cloud) as client:
        client.sendall(PREFACE + SETTINGS)
        said = b""
        for number in range(20):
            client.sendall(b"\x00\x00\x08\x06\x00\x00\x00\x00\x00" + b"ping %03d" % number)
            while b"ping %03d" % number not in said:
                piece = client.recv(4096)
                assert piece
                said += piece


@pytest.mark.parametrize(
    "garbage",
    [
        b"\x16\x03\x01\x02\x00\x01\x00",
        b"\x00" * 100,
        b"PRI * HTTP/1.0\r\n\r\n",
        b"GET\r\n\r\n",
        b"\xff" * 70_000,
        b"P\x00",
    ],
)
def test_garbage_ends_its_own_connection_only(cloud: Emulator, garbage: bytes) -> None:
    """A TLS greeting, zeros, a false preface, half a request: refused or dropped, and the next client is served."""
    with dialled(cloud) as client:
        client.sendall(garbage)
        client.shutdown(socket.SHUT_WR)
        with contextlib.suppress(ConnectionResetError):
            while client.recv(65536):
                pass
    assert healthy(cloud)


def test_garbage_after_the_preface_ends_the_connection(cloud: Emulator, own: Clients, own_pair: Pair) -> None:
    """gRPC hangs up, and so does the front."""
    with dialled(cloud) as client:
        client.sendall(PREFACE + b"\xff" * 1000)
        with contextlib.suppress(ConnectionResetError):
            while client.recv(65536):
                pass
    assert own.publisher.get_topic(topic=own_pair.topic).name == own_pair.topic


def test_who_says_nothing_is_let_go() -> None:
    """Silence, half a preface, and half the head of a request end after the time that the front gives."""

    async def never() -> asyncio.Transport:
        raise AssertionError

    front = Front(never, never, silence_seconds=0.05)  # type: ignore[arg-type]
    port = run(front.start("127.0.0.1", 0))
    for said in (b"", b"PRI * HT", b"GET /v1/projects HTTP/1.1\r\nA: "):
        with socket.create_connection(("127.0.0.1", port), timeout=WAIT_SECONDS) as client:
            client.sendall(said)
            with contextlib.suppress(ConnectionResetError):
                assert client.recv(1) == b""
    front.stop_listening()


def test_clients_that_vanish_leave_nothing(cloud: Emulator, own: Clients, own_pair: Pair) -> None:
    """Connections that are reset or half closed in the middle of things are gone on our side, too."""
    before = cloud.connections
    publish_at_once(own.publisher, own_pair.topic, [b"a"])
    rude = [dialled(cloud) for _ in range(40)]
    for number, client in enumerate(rude):
        client.sendall(
            (PREFACE + SETTINGS, b"GET /healthz HTTP/1.1\r\n", b"PRI", b"POST / HTTP/1.1\r\nA: ")[number % 4]
        )
    eventually(lambda: cloud.connections >= before + 40)
    for number, client in enumerate(rude):
        if number % 3 == 0:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")  # a reset
        if number % 3 == 1:
            client.shutdown(socket.SHUT_WR)
            continue
        client.close()
    eventually(lambda: cloud.connections <= before + 1)
    assert len(pulled(own.subscriber, own_pair.subscription)) == 1
    for client in rude:
        client.close()


@pytest.fixture
def a_thousand() -> Iterator[int]:
    """Or as many connections as the limit of open files allows: both ends and the pipe lie in this process."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    files = 8192 if hard == resource.RLIM_INFINITY else min(hard, 8192)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, files), hard))
    yield min(1000, files // 5)
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_a_thousand_connections_are_open_at_once(
    cloud: Emulator, own: Clients, own_pair: Pair, a_thousand: int
) -> None:
    """Each has its HTTP/2 greeting answered, and calls go on beside them."""
    with contextlib.ExitStack() as stack:
        opened = [stack.enter_context(dialled(cloud)) for _ in range(a_thousand)]
        for client in opened:
            client.sendall(PREFACE + SETTINGS)
        assert all(client.recv(9)[3] == 4 for client in opened)
        assert own.publisher.get_topic(topic=own_pair.topic).name == own_pair.topic
    eventually(lambda: cloud.connections < 10)


def test_a_slow_reader_slows_its_writer_down() -> None:
    """The pipe holds a few megabytes, not what is sent; and everything arrives once it is read."""

    async def scene() -> tuple[int, int]:
        loop = asyncio.get_running_loop()
        (near, one), (another, far) = socket.socketpair(), socket.socketpair()
        first, _ = await loop.create_connection(asyncio.Protocol, sock=one)
        second, _ = await loop.create_connection(asyncio.Protocol, sock=another)
        for transport in (first, second):
            transport.pause_reading()
        tie(first, second)
        _, writer = await asyncio.open_connection(sock=near)
        reader, other = await asyncio.open_connection(sock=far, limit=1024)
        writer.write(bytes(30_000_000))
        while first.is_reading():
            await asyncio.sleep(0.001)
        held = second.get_write_buffer_size()
        writer.write_eof()
        size = 0
        while piece := await reader.read(1_000_000):
            size += len(piece)
        for each in (writer, other):
            each.close()
            await each.wait_closed()
        return held, size

    held, size = run(scene())
    assert held < 5_000_000
    assert size == 30_000_000


def test_without_the_library_http_says_what_to_install() -> None:
    """Status 501 and a sentence."""

    async def scene() -> bytes:
        loop = asyncio.get_running_loop()
        ours, theirs = socket.socketpair()
        await loop.create_connection(unserved.Unserved, sock=ours)
        reader, writer = await asyncio.open_connection(sock=theirs)
        said = await reader.read()
        writer.close()
        await writer.wait_closed()
        return said

    status, _, sentence = run(scene()).partition(b"\r\n")
    assert status == b"HTTP/1.1 501 Not Implemented"
    assert b"pip install 'feedsync[emulator]'" in sentence


def test_a_taken_port_leaves_nothing_behind(cloud: Emulator) -> None:
    """A start that fails is an OSError, and can be tried again."""
    other = Emulator(port=address(cloud)[1])
    with pytest.raises(OSError, match="in use"):
        other.serve()
    cloud.stop_serving()
    other.serve()
    assert healthy(other)
    other.stop_serving()
