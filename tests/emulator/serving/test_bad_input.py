"""Input that no client should send, over both protocols: refused, and the emulator goes on without a trace of it."""

from __future__ import annotations

import contextlib
import http.client
import random
import socket
import time
from collections.abc import Iterator
from typing import Any

import grpc
import pytest

from emulator import Emulator
from emulator.serving.front import PREFACE
from tests.emulator.conftest import Clients, Pair
from tests.emulator.serving.waiting import WAIT_SECONDS, eventually

PUBLISH = "/google.pubsub.v1.Publisher/Publish"
CREATE = "/google.pubsub.v1.Subscriber/CreateSubscription"
STREAM = "/google.pubsub.v1.Subscriber/StreamingPull"


@pytest.fixture
def channel(cloud: Emulator) -> Iterator[grpc.Channel]:
    """A channel that sends any bytes."""
    with grpc.insecure_channel(cloud.host) as opened:
        yield opened


@pytest.mark.parametrize(
    ("method", "sent"),
    [
        (PUBLISH, b"\x0a\x02\xff\xfe"),
        (PUBLISH, b"\x0a\x7f"),
        (PUBLISH, b"\x12\x04\x0a\xff\xff\xff"),
        (PUBLISH, b"\xff" * 100),
        (PUBLISH, b"\x0b" * 1000),
    ],
    ids=["invalid UTF-8", "cut off", "cut off inside", "no field", "endless groups"],
)
def test_what_is_no_message_is_refused(channel: grpc.Channel, method: str, sent: bytes) -> None:
    """INVALID_ARGUMENT that names the method."""
    with pytest.raises(grpc.RpcError) as caught:
        channel.unary_unary(method)(sent, timeout=WAIT_SECONDS)
    assert caught.value.code() is grpc.StatusCode.INVALID_ARGUMENT
    assert "Publish" in caught.value.details()


def test_what_is_no_message_ends_its_stream(cloud: Emulator, channel: grpc.Channel, own_pair: Pair) -> None:
    """At the beginning of a stream, and in its middle."""
    first = b"\x0a" + bytes([len(own_pair.subscription)]) + own_pair.subscription.encode() + b"\x28\x0a"
    for requests in ([b"\xff"], [first, b"\xff"]):
        with pytest.raises(grpc.RpcError) as caught:
            list(channel.stream_stream(STREAM)(iter(requests), timeout=WAIT_SECONDS))
        assert caught.value.code() is grpc.StatusCode.INVALID_ARGUMENT
    eventually(lambda: cloud.streams == 0)


def test_a_request_beyond_all_limits_is_refused(channel: grpc.Channel, own: Clients, own_pair: Pair) -> None:
    """gRPC itself says so; other calls go on."""
    with pytest.raises(grpc.RpcError) as caught:
        channel.unary_unary(PUBLISH)(bytes(65 * 1024 * 1024), timeout=WAIT_SECONDS)
    assert caught.value.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
    assert own.publisher.get_topic(topic=own_pair.topic).name == own_pair.topic


def test_deep_nesting_is_refused(channel: grpc.Channel) -> None:
    """As a message in which each level is known: a Struct of lists of lists."""
    value = b"\x1a\x01a"
    for _ in range(2000):
        value = b"\x32" + varint(len(value) + 1 + len(varint(len(value)))) + b"\x0a" + varint(len(value)) + value
    entry = b"\x0a\x01k\x12" + varint(len(value)) + value
    for tag in (
        b"\x0a",
        b"\x0a",
        b"\x12",
        b"\x32",
        b"\xca\x01",
    ):  # fields, parameters, inference, ai_inference, transforms
        entry = tag + varint(len(entry)) + entry
    with pytest.raises(grpc.RpcError) as caught:
        channel.unary_unary(CREATE)(entry, timeout=WAIT_SECONDS)
    assert caught.value.code() is grpc.StatusCode.INVALID_ARGUMENT


def varint(number: int) -> bytes:
    """As protocol buffers write lengths."""
    said = b""
    while number > 127:
        said += bytes([number & 127 | 128])
        number >>= 7
    return said + bytes([number])


def test_streams_of_vanished_clients_are_gone(cloud: Emulator, own_pair: Pair) -> None:
    """Whatever state they were in: silent, open, half closed, with something delivered."""
    cloud.publish(own_pair.topic, b"a")
    first = b"\x0a" + bytes([len(own_pair.subscription)]) + own_pair.subscription.encode() + b"\x28\x0a"
    leaving: list[Any] = []
    for number in range(30):
        opened = grpc.insecure_channel(cloud.host, options=[("grpc.use_local_subchannel_pool", 1)])
        requests = endless([first] if number % 3 else [])
        leaving.append((opened, opened.stream_stream(STREAM)(requests)))
    eventually(lambda: cloud.streams == 20)
    for opened, _ in leaving:
        opened.close()
    eventually(lambda: cloud.streams == 0)
    eventually(lambda: cloud.connections == 0)
    assert len(cloud.outstanding(own_pair.subscription)) == 1


def endless(requests: list[bytes]) -> Iterator[bytes]:
    """Requests that never end, as far as the server can tell."""
    yield from requests
    time.sleep(WAIT_SECONDS)


def frame(chance: random.Random) -> bytes:
    """A frame of HTTP/2 with a random type, flags, stream and content, which need not make sense together."""
    content = chance.randbytes(chance.choice([0, 4, 8, 30]))
    claimed = len(content) + chance.choice([0, 0, 0, 1, 5])
    kind, flags, stream = chance.randrange(11), chance.randrange(256), chance.choice([0, 1, 2, 3, 2**31 - 1])
    return claimed.to_bytes(3, "big") + bytes([kind, flags]) + stream.to_bytes(4, "big") + content


def test_random_frames_leave_nothing(cloud: Emulator, own: Clients, own_pair: Pair) -> None:
    """Two hundred connections of nonsense that begins like HTTP/2."""
    assert own.publisher.get_topic(topic=own_pair.topic).name == own_pair.topic
    before = cloud.connections
    chance = random.Random(11)
    host, _, port = cloud.host.partition(":")
    for _ in range(200):
        with socket.create_connection((host, int(port))) as client, contextlib.suppress(OSError):
            client.sendall(PREFACE + b"\x00\x00\x00\x04\x00\x00\x00\x00\x00")
            for _ in range(chance.randrange(1, 6)):
                client.sendall(frame(chance))
    eventually(lambda: cloud.connections <= before)
    assert own.publisher.get_topic(topic=own_pair.topic).name == own_pair.topic


def status(cloud: Emulator, said: bytes) -> int:
    """What HTTP/1.1 answers to bytes that are no proper request; 0 if it hangs up."""
    host, _, port = cloud.host.partition(":")
    with socket.create_connection((host, int(port)), timeout=WAIT_SECONDS) as client:
        client.sendall(said)
        answer = http.client.HTTPResponse(client)
        try:
            answer.begin()
        except (http.client.HTTPException, ConnectionError):
            return 0
        return answer.status


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (b"GET / HTTP/9.9\r\n\r\n", 400),
        (b"GET  HTTP/1.1\r\n\r\n", 400),
        (b"GET /v1/\x00 HTTP/1.1\r\nHost: a\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: a\r\nA: " + b"a" * 100_000 + b"\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: a\r\n" + b"A: b\r\n" * 5000 + b"\r\n", 400),
        (b"GET /" + b"a" * 100_000 + b" HTTP/1.1\r\nHost: a\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzzz\r\n", 400),
        (b"GET /v1/projects/p/topics/\xff\xfe HTTP/1.1\r\nHost: a\r\n\r\n", 400),
        (b"GET http://other/v1/projects/p/topics HTTP/1.1\r\nHost: a\r\n\r\n", 200),
        (b"\x16\x03\x01\x00\xa5\x01\x00\x00\xa1\x03\x03", 400),
    ],
)
def test_a_bad_request_is_400(cloud: Emulator, said: bytes, expected: int, caplog: pytest.LogCaptureFixture) -> None:
    """Whatever is wrong with it; and no log is filled with it."""
    assert status(cloud, said) == expected
    assert status(cloud, b"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n") == 200
    assert caplog.records == []


def test_a_body_that_never_comes_holds_nobody_up(cloud: Emulator, own: Clients, own_pair: Pair) -> None:
    """The emulator waits for it beside its other work, until the client is gone."""
    host, _, port = cloud.host.partition(":")
    before = cloud.connections
    with socket.create_connection((host, int(port))) as client:
        client.sendall(b"POST /v1/projects/p/topics/t:publish HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\n{")
        assert own.publisher.get_topic(topic=own_pair.topic).name == own_pair.topic
    eventually(lambda: cloud.connections <= before + 1)
