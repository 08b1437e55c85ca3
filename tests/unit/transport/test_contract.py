"""One contract for both transports: Pub/Sub, served by the emulator, and its twin in memory."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import grpc
import pytest

from emulator import Emulator
from feedsync.errors import TransientError
from feedsync.transport.memory import Faults, MemoryTransport
from feedsync.transport.port import Publisher
from feedsync.transport.pubsub import PubSubPublisher
from feedsync.wire.page import Page

TOPIC = "projects/test/topics/feedsync"
Content = tuple[bytes, str]


@dataclass
class Case:
    """A transport, what arrived on its other side, and how to break it for one publication."""

    publisher: Publisher
    arrived: Callable[[], list[Content]]
    lose: Callable[[], Publisher]
    lose_answer: Callable[[], Publisher]


def page(data: bytes, feed: str = "library.country") -> Page:
    return Page(attributes={"feed": feed, "origin": "studio", "wire": "1"}, data=data, count=1)


def in_memory() -> Case:
    transports = [MemoryTransport()]

    def renewed(faults: Faults) -> Publisher:
        transports.append(MemoryTransport(faults))
        return transports[-1]

    def arrived() -> list[Content]:
        return [(one.data, one.attributes["feed"]) for transport in transports for one in transport.pull(10_000)]

    return Case(
        publisher=transports[0],
        arrived=arrived,
        lose=lambda: renewed(Faults(lost=1)),
        lose_answer=lambda: renewed(Faults(unconfirmed=1)),
    )


def over_pubsub(cloud: Emulator) -> Case:
    publisher = PubSubPublisher("feedsync")
    cloud.create_topic(TOPIC)

    def failing(*, after: bool) -> Publisher:
        cloud.fail(method="Publish", code=grpc.StatusCode.PERMISSION_DENIED, after=after)
        return publisher

    def arrived() -> list[Content]:
        return [(message.data, message.attributes["feed"]) for message in cloud.published(TOPIC)]

    return Case(
        publisher=publisher,
        arrived=arrived,
        lose=lambda: failing(after=False),
        lose_answer=lambda: failing(after=True),
    )


@pytest.fixture(params=["memory", "pubsub"])
def case(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Case]:
    if request.param == "memory":
        yield in_memory()
        return
    with Emulator() as cloud:
        for name, value in cloud.environment.items():
            monkeypatch.setenv(name, value)
        yield over_pubsub(cloud)


def test_pages_arrive_as_they_were(case: Case) -> None:
    """Data and attributes, byte for byte."""
    case.publisher.publish([page(b"\x00one"), page(b"two", "library.tag")])
    assert sorted(case.arrived()) == [(b"\x00one", "library.country"), (b"two", "library.tag")]


def test_nothing_is_published_for_no_pages(case: Case) -> None:
    """An empty publication is none."""
    case.publisher.publish([])
    assert case.arrived() == []


def test_more_pages_than_one_request_takes_arrive(case: Case) -> None:
    """A publication has no upper limit of pages."""
    case.publisher.publish([page(b"%d" % number) for number in range(2_001)])
    assert len(set(case.arrived())) == 2_001


def test_more_bytes_than_one_request_takes_arrive(case: Case) -> None:
    """Nor of bytes: three pages of 4 MB, and one of 9.4 MB."""
    sizes = [4_000_000, 4_000_000, 4_000_000, 9_400_000]
    case.publisher.publish([page(b"%d" % place + b"x" * size) for place, size in enumerate(sizes)])
    assert sorted(len(data) for data, _ in case.arrived()) == [size + 1 for size in sizes]


def test_a_failed_publication_says_so(case: Case) -> None:
    """TransientError, and nothing has arrived."""
    with pytest.raises(TransientError):
        case.lose().publish([page(b"one")])
    assert case.arrived() == []


def test_a_publication_without_answer_counts_as_failed(case: Case) -> None:
    """TransientError, though the page has arrived: publishing again is the caller's part."""
    with pytest.raises(TransientError):
        case.lose_answer().publish([page(b"one")])
    assert case.arrived() == [(b"one", "library.country")]
