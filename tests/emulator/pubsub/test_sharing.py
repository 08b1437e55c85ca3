"""Several takers of one backlog: who is woken, who gets what, and where an ordering key goes."""

from __future__ import annotations

from emulator.pubsub.lanes import Entry
from emulator.pubsub.rules import DeliveryRules, Room
from emulator.pubsub.takers import Holder, Taker
from tests.emulator.pubsub.stage import Stage


class Client:
    """A stream with a name that notes when it was woken."""

    def __init__(self, stage: Stage, *, max_messages: int | None = None) -> None:
        self.stage = stage
        self.woken = 0
        self.holder = Holder(self._wake, max_messages=max_messages)

    def _wake(self) -> None:
        self.woken += 1

    def take(self) -> list[Entry]:
        """What it gets now; with room left and nothing found, it waits."""
        taken = self.stage.backlog.take(self.holder.room, by=self.holder)
        if not taken:
            self.stage.backlog.wait(self.holder)
        return taken


def test_one_message_wakes_one_of_many() -> None:
    """A thousand idle streams cost nothing: as many are woken as there are messages."""
    stage = Stage()
    clients = [Client(stage) for _ in range(1000)]
    for client in clients:
        client.take()
    stage.publish("a", "b")
    assert [client.woken for client in clients] == [1, 1, *[0] * 998]


def test_idle_streams_share_what_arrives() -> None:
    """A burst goes to all that wait, in equal parts."""
    stage = Stage()
    clients = [Client(stage) for _ in range(4)]
    for client in clients:
        client.take()
    stage.publish(*map(str, range(100)))
    assert [len(client.take()) for client in clients] == [25, 25, 25, 25]


def test_who_leaves_passes_the_call_on() -> None:
    """A pull that is woken and gives up before it takes does not lose the message for the next."""
    stage = Stage()
    hasty, patient = Taker(lambda: None), Client(stage)
    stage.backlog.wait(hasty)
    patient.take()
    stage.publish("a")
    assert patient.woken == 0
    stage.backlog.leave(hasty)
    assert patient.woken == 1
    assert stage.said(patient.take()) == ["a"]


def test_a_full_stream_leaves_the_rest_to_others() -> None:
    """What a stream has no room for is offered to the next at once."""
    stage = Stage()
    small, large = Client(stage, max_messages=1), Client(stage)
    small.take()
    large.take()
    stage.publish("a", "b", "c")
    assert stage.said(small.take()) == ["a"]
    assert large.woken == 1
    assert sorted(stage.said(large.take())) == ["b", "c"]


def test_a_key_stays_with_its_stream() -> None:
    """The next batch of a key goes to the stream that had the last one, though another waits longer."""
    stage = Stage(DeliveryRules(ordered=True))
    first, second = Client(stage), Client(stage)
    second.take()
    stage.publish("1", key="k")
    (entry,) = first.take()
    stage.publish("2", key="k")
    stage.backlog.acknowledge([entry.ack_id])
    assert second.take() == []
    assert stage.said(first.take()) == ["2"]


def test_a_full_stream_gives_its_keys_away() -> None:
    """Affinity never makes a key wait for a stream without room."""
    stage = Stage(DeliveryRules(ordered=True))
    small, other = Client(stage, max_messages=1), Client(stage)
    stage.publish("1", key="k")
    (entry,) = small.take()
    stage.publish("x", key="other")
    stage.publish("2", key="k")
    stage.backlog.acknowledge([entry.ack_id])
    small.take()
    assert len(other.take()) == 1


def test_a_vanished_or_late_stream_loses_its_keys() -> None:
    """The key goes to the next stream when its own is gone or let the lease lapse."""
    for end in ("leaves", "is late"):
        stage = Stage(DeliveryRules(ordered=True))
        gone, other = Client(stage), Client(stage)
        stage.publish("1", "2", key="k")
        gone.take()
        if end == "leaves":
            stage.backlog.release(gone.holder)
        else:
            stage.pass_seconds(10)
        assert stage.said(other.take()) == ["1", "2"], end


def test_other_keys_are_not_held_up() -> None:
    """While one key waits for its batch or its back-off, the others go on."""
    stage = Stage(DeliveryRules(ordered=True, backoff_seconds=(5, 60)))
    stage.publish("a1", "a2", key="a")
    entries = stage.take()
    stage.publish("a3", key="a")
    stage.publish("b1", key="b")
    assert stage.said(stage.take()) == ["b1"]
    stage.backlog.extend([entries[0].ack_id], seconds=0)
    stage.publish("c1", key="c")
    assert stage.said(stage.take()) == ["c1"]
    stage.pass_seconds(5)
    assert stage.said(stage.take()) == ["a1", "a2", "a3"]


def test_a_large_message_waits_for_a_taker_with_room() -> None:
    """What doesn't fit any more stays first in line."""
    stage = Stage()
    stage.publish("aaaa", "bbbb")
    assert stage.said(stage.backlog.take(Room(messages=9, bytes=5))) == ["aaaa"]
    assert stage.said(stage.take()) == ["bbbb"]
