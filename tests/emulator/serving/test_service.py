"""Services over gRPC: answers, refusals with details, bugs and gaps, through the official client."""

from __future__ import annotations

import asyncio
import http.client
import json
import threading
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import grpc
import pytest
from google.api_core import exceptions

from emulator.call_faults import CallFaults
from emulator.errors import FailedPrecondition
from emulator.running import run
from emulator.serving.server import Server
from emulator.serving.service import service
from emulator.web import Reply, Request
from emulator.wire.pubsub import MESSAGES
from emulator.wire.pubsub_methods import PUBLISHER
from tests.emulator.conftest import Clients, connected

TOPIC = "projects/p/topics/t"


class Answers:
    """Refuses one call with details, breaks on another, and waits with a third."""

    def get_topic(self, request: Any) -> Any:
        raise FailedPrecondition("not now", reason="TOO_EARLY", metadata={"until": "noon"})

    def delete_topic(self, request: Any) -> Any:
        raise ZeroDivisionError

    async def create_topic(self, request: Any, call: Any) -> Any:
        assert call.time_remaining() > 0
        return request


@pytest.fixture
def served() -> Any:
    """Official clients of a server with these answers only."""
    server = Server([service(PUBLISHER, Answers())], CallFaults(), pages={}, before_stop=lambda: None)
    port = run(server.start("127.0.0.1", 0))
    yield from connected(f"127.0.0.1:{port}")
    run(server.stop())


def test_a_refusal_carries_its_details(served: Clients) -> None:
    """Clients read reason and metadata as an ErrorInfo."""
    with pytest.raises(exceptions.FailedPrecondition, match="not now") as caught:
        served.publisher.get_topic(topic=TOPIC)
    assert (caught.value.reason, caught.value.domain) == ("TOO_EARLY", "pubsub.googleapis.com")
    assert caught.value.metadata == {"until": "noon"}


def test_a_bug_is_internal(served: Clients, caplog: pytest.LogCaptureFixture) -> None:
    """The client is told, the log has the traceback, and the server goes on."""
    with pytest.raises(exceptions.InternalServerError, match="ZeroDivisionError"):
        served.publisher.delete_topic(topic=TOPIC)
    assert "a call failed" in caplog.text
    assert served.publisher.create_topic(name=TOPIC).name == TOPIC


def test_what_nobody_answers_is_unimplemented(served: Clients) -> None:
    """A method of a served API that has no answer, and one that the API does not have."""
    with pytest.raises(exceptions.MethodNotImplemented, match="does not have ListTopics"):
        served.publisher.list_topics(project="projects/p")
    channel = served.publisher.transport.grpc_channel
    for path in ("/google.pubsub.v1.Publisher/Frobnicate", "/no.such.Service/Do"):
        with pytest.raises(grpc.RpcError) as caught:
            channel.unary_unary(path)(b"")
        assert caught.value.code() is grpc.StatusCode.UNIMPLEMENTED


def test_a_bug_in_a_page_is_internal(caplog: pytest.LogCaptureFixture) -> None:
    """Over HTTP, too: an error in JSON, a traceback in the log, and the next page comes."""

    async def broken(request: Request) -> Reply:
        raise ZeroDivisionError

    async def whole(request: Request) -> Reply:
        return Reply(body=b"fine")

    pages = {("GET", "/broken"): broken, ("GET", "/whole"): whole}
    server = Server([], CallFaults(), pages=pages, before_stop=lambda: None)
    connection = http.client.HTTPConnection("127.0.0.1", run(server.start("127.0.0.1", 0)), timeout=10)
    connection.request("GET", "/broken")
    answer = connection.getresponse()
    assert (answer.status, json.loads(answer.read())["error"]["status"]) == (500, "INTERNAL")
    assert "a request failed" in caplog.text
    connection.request("GET", "/whole")
    assert connection.getresponse().read() == b"fine"
    connection.close()
    run(server.stop())


class Slow:
    """Answers when the test lets it."""

    def __init__(self) -> None:
        self.asked = threading.Event()
        self.may = threading.Event()

    async def get_topic(self, request: Any, call: Any) -> Any:
        self.asked.set()
        await asyncio.to_thread(self.may.wait, 10)
        return MESSAGES["Topic"](name=request.topic, labels={"size": "x" * 1_000_000})


def test_what_is_under_way_when_the_server_stops_is_answered() -> None:
    """Whole, over both protocols, within the grace that it is given."""
    slow = Slow()
    server = Server([service(PUBLISHER, slow)], CallFaults(), pages={}, before_stop=slow.may.set)
    port = run(server.start("127.0.0.1", 0))
    with ThreadPoolExecutor() as pool:
        for clients in connected(f"127.0.0.1:{port}"):
            over_grpc = pool.submit(clients.publisher.get_topic, topic=TOPIC, retry=None)
            assert slow.asked.wait(10)
            slow.asked.clear()
            over_http = pool.submit(lambda: urllib.request.urlopen(f"http://127.0.0.1:{port}/v1/{TOPIC}").read())
            assert slow.asked.wait(10)
            run(server.stop(grace_seconds=10))
            assert len(over_grpc.result(timeout=10).labels["size"]) == 1_000_000
            assert len(over_http.result(timeout=10)) > 1_000_000
