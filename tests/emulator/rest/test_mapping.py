"""JSON over HTTP as curl sees it: resources, messages, errors."""

from __future__ import annotations

import base64
import gzip
import http.client
import socket
from typing import Any

import grpc
import pytest

from emulator import Emulator
from tests.emulator.conftest import Pair
from tests.emulator.rest.conftest import Ask


def error(answer: tuple[int, Any]) -> tuple[int, str, str]:
    """HTTP status, code and message of an error, which names its status twice."""
    status, said = answer
    assert said["error"]["code"] == status
    return status, said["error"]["status"], said["error"]["message"]


def test_a_message_goes_round(ask: Ask, names: Pair) -> None:
    """Create, publish, pull, acknowledge; bytes in base64, times in RFC 3339, durations with an s."""
    assert ask("PUT", f"/v1/{names.topic}", {"labels": {"a": "b"}})[0] == 200
    status, made = ask("PUT", f"/v1/{names.subscription}", {"topic": names.topic, "ackDeadlineSeconds": 20})
    assert (status, made["ackDeadlineSeconds"], made["state"]) == (200, 20, "ACTIVE")
    assert made["messageRetentionDuration"] == "604800s"
    message = {"data": base64.b64encode(b"hi").decode(), "attributes": {"k": "v"}}
    _, published = ask("POST", f"/v1/{names.topic}:publish", {"messages": [message]})
    _, pulled = ask("POST", f"/v1/{names.subscription}:pull", {"maxMessages": 5})
    (received,) = pulled["receivedMessages"]
    assert received["message"].pop("publishTime").endswith("Z")
    assert received["message"] == {**message, "messageId": published["messageIds"][0]}
    assert ask("POST", f"/v1/{names.subscription}:acknowledge", {"ackIds": [received["ackId"]]}) == (200, {})
    assert ask("POST", f"/v1/{names.subscription}:pull", {"maxMessages": 5, "returnImmediately": True}) == (200, {})


def test_an_update_follows_its_mask(ask: Ask, own_pair: Pair) -> None:
    """Only what the mask names, in either spelling; it may be in the query, too."""
    body = {"subscription": {"ackDeadlineSeconds": 60, "labels": {"a": "b"}}, "updateMask": "ackDeadlineSeconds"}
    _, shown = ask("PATCH", f"/v1/{own_pair.subscription}", body)
    assert (shown["ackDeadlineSeconds"], "labels" in shown) == (60, False)
    body = {"topic": {"labels": {"a": "b"}}, "update_mask": "labels"}
    assert ask("PATCH", f"/v1/{own_pair.topic}", body)[1]["labels"] == {"a": "b"}
    body = {"topic": {"labels": {"c": "d"}}}
    assert ask("PATCH", f"/v1/{own_pair.topic}?updateMask=labels", body)[1]["labels"] == {"c": "d"}


def test_lists_have_pages(ask: Ask, cloud: Emulator, names: Pair) -> None:
    """Size and token are parameters of the query, beside those of the service as a whole."""
    for number in range(3):
        cloud.create_topic(f"{names.topic}-{number}")
    path = f"/v1/{names.project}/topics?alt=json&prettyPrint=false&key=x&pageSize=2"
    _, first = ask("GET", path)
    _, second = ask("GET", f"{path}&pageToken={first['nextPageToken']}")
    assert [topic["name"][-1] for topic in first["topics"] + second["topics"]] == ["0", "1", "2"]
    assert "nextPageToken" not in second


def test_enumerations_may_be_numbers(ask: Ask, own_pair: Pair) -> None:
    """The generated clients ask for them."""
    assert ask("GET", f"/v1/{own_pair.topic}?$alt=json;enum-encoding=int")[1]["state"] == 1


@pytest.mark.parametrize(
    ("verb", "path", "body", "expected"),
    [
        ("GET", "/v1/projects/p/topics/missing", None, (404, "NOT_FOUND", "does not exist")),
        ("PUT", "/v1/projects/p/topics/1", {}, (400, "INVALID_ARGUMENT", "Invalid name")),
        ("POST", "/v1/projects/p/topics/t:publish", b"{", (400, "INVALID_ARGUMENT", "Invalid JSON")),
        ("POST", "/v1/projects/p/topics/t:publish", b"\xff", (400, "INVALID_ARGUMENT", "Invalid JSON")),
        ("POST", "/v1/projects/p/topics/t:publish", {"nope": 1}, (400, "INVALID_ARGUMENT", 'no field named "nope"')),
        ("GET", "/v1/projects/p/topics?nope=1", None, (400, "INVALID_ARGUMENT", 'Unknown name "nope"')),
        ("PUT", "/v1/projects/p/topics/%ff%fe", {}, (400, "INVALID_ARGUMENT", "Invalid name")),
        ("GET", "/v1/projects/p/nothing", None, (404, "NOT_FOUND", "No method is called by GET")),
        ("DELETE", "/v1/projects/p/topics", None, (404, "NOT_FOUND", "No method is called by DELETE")),
        ("OPTIONS", "/v1/projects/p/topics", None, (404, "NOT_FOUND", "No method is called by OPTIONS")),
    ],
)
def test_a_refusal_is_an_error_as_google_writes_it(
    ask: Ask, verb: str, path: str, body: Any, expected: tuple[int, str, str]
) -> None:
    """Status, code and a message that names the culprit."""
    status, code, message = error(ask(verb, path, body))
    assert (status, code) == expected[:2]
    assert expected[2] in message


def test_planned_faults_strike_here_too(ask: Ask, cloud: Emulator, own_pair: Pair) -> None:
    """A call fails with the code that a test asked for, once."""
    cloud.fail(method="GetTopic", code=grpc.StatusCode.RESOURCE_EXHAUSTED)
    assert error(ask("GET", f"/v1/{own_pair.topic}"))[:2] == (429, "RESOURCE_EXHAUSTED")
    assert ask("GET", f"/v1/{own_pair.topic}")[0] == 200


def test_ten_megabytes_pass_and_more_is_refused(ask: Ask, cloud: Emulator, own_pair: Pair) -> None:
    """The API's limit counts decoded bytes; what is far beyond it is cut off."""
    assert ask("POST", f"/v1/{own_pair.topic}:publish", sized(9_990_000))[0] == 200
    status, code, message = error(ask("POST", f"/v1/{own_pair.topic}:publish", sized(10_010_000)))
    assert (status, code) == (400, "INVALID_ARGUMENT")
    assert "10000000 are allowed" in message
    assert [len(message.data) for message in cloud.published(own_pair.topic)] == [9_990_000]


def test_far_too_much_is_refused(ask: Ask, own_pair: Pair) -> None:
    """A body above 64 MiB is not read to its end, packed or not."""
    packed = gzip.compress(bytes(70 * 1024 * 1024), 1)
    answer = ask("POST", f"/v1/{own_pair.topic}:publish", packed, **{"Content-Encoding": "gzip"})
    assert error(answer)[:2] == (400, "INVALID_ARGUMENT")


def sized(size: int) -> dict[str, Any]:
    """A publish request with a message of so many bytes."""
    return {"messages": [{"data": base64.b64encode(bytes(size)).decode()}]}


def test_the_emulator_can_be_emptied(ask: Ask, own_pair: Pair) -> None:
    """After a reset nothing exists; the health check goes on."""
    assert ask("GET", "/healthz") == (200, b"ok\n")
    assert ask("POST", "/reset")[0] == 200
    assert ask("GET", f"/v1/{own_pair.topic}")[0] == 404
    assert ask("GET", f"/v1/{own_pair.subscription}")[0] == 404
    assert ask("GET", "/healthz") == (200, b"ok\n")


def test_a_page_of_another_site_changes_nothing(ask: Ask, own_pair: Pair) -> None:
    """A browser says where a request comes from; reading, and pages of this machine, are let through."""
    elsewhere = {"Sec-Fetch-Site": "cross-site"}
    assert ask("POST", "/reset", **elsewhere)[0] == 403
    assert ask("DELETE", f"/v1/{own_pair.topic}", **elsewhere)[0] == 403
    assert ask("GET", f"/v1/{own_pair.topic}", **elsewhere)[0] == 200
    assert ask("PATCH", f"/v1/{own_pair.topic}", {"updateMask": "labels"}, **{"Sec-Fetch-Site": "same-site"})[0] == 200


def test_a_head_has_no_body(cloud: Emulator) -> None:
    """Health checks of other kinds ask so."""
    connection = http.client.HTTPConnection(cloud.host, timeout=10)
    for _ in range(2):
        connection.request("HEAD", "/healthz")
        answer = connection.getresponse()
        assert (answer.status, answer.read()) == (200, b"")
    connection.close()


def test_a_client_that_asks_before_it_sends_is_told_to(cloud: Emulator) -> None:
    """As curl does with bodies above a megabyte; it would wait a second otherwise."""
    host, _, port = cloud.host.partition(":")
    head = b"PUT /v1/projects/p/topics/abc HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n"
    with socket.create_connection((host, int(port)), timeout=10) as client:
        client.sendall(head)
        assert client.recv(1000) == b"HTTP/1.1 100 Continue\r\n\r\n"
        client.sendall(b"{}")
        assert client.recv(1000).startswith(b"HTTP/1.1 200 OK\r\n")
