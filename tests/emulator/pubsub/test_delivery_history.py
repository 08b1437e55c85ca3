"""Whatever clients do and whatever faults are on, the backlog loses nothing and counts right."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from emulator.faults import Faults
from emulator.pubsub.lanes import Entry, State
from emulator.pubsub.rules import DeliveryRules, Room
from emulator.pubsub.takers import Holder
from tests.emulator.pubsub.stage import Stage

STEPS = st.lists(
    st.tuples(st.sampled_from(["publish", "take", "ack", "nack", "extend", "lapse", "leave"]), st.integers(0, 5)),
    max_size=60,
)


class History:
    """A backlog with two clients that do what they are told."""

    def __init__(self, *, ordered: bool, share: float, seed: int) -> None:
        faults = Faults()
        faults.duplicate(seed=seed, share=share)
        faults.shuffle(seed=seed, within_seconds=1)
        self.stage = Stage(DeliveryRules(ordered=ordered, backoff_seconds=(1, 4)), faults=faults)
        self.holders = [Holder(lambda: None), Holder(lambda: None)]
        self.out: list[Entry] = []
        self.acknowledged: set[str] = set()
        self.published = 0

    def step(self, step: str, number: int) -> None:
        """One thing that a client or the time does."""
        backlog = self.stage.backlog
        leased = [entry for entry in self.out if entry.state is State.LEASED]
        if step == "publish":
            self.published += 1
            self.stage.publish(f"m{self.published}", key=f"k{number % 2}")
        elif step == "take":
            room = Room(messages=number)
            self.out = leased + backlog.take(room, by=self.holders[number % 2])
        elif step == "lapse":
            self.stage.pass_seconds(4 * number)
        elif step == "leave":
            backlog.release(self.holders[number % 2])
        elif leased:
            self.answer(step, leased[number % len(leased)])

    def answer(self, step: str, entry: Entry) -> None:
        """Answer for a leased entry."""
        if step == "ack":
            self.acknowledged.add(entry.message.message_id)
            self.stage.backlog.acknowledge([entry.ack_id])
        else:
            self.stage.backlog.extend([entry.ack_id], seconds=0 if step == "nack" else 7)

    def finish(self) -> None:
        """Clients leave; a last one acknowledges everything that comes."""
        for holder in self.holders:
            self.stage.backlog.release(holder)
        for _ in range(4 * self.published + 10):
            self.stage.pass_seconds(10)
            for entry in self.stage.take():
                self.answer("ack", entry)


@given(steps=STEPS, ordered=st.booleans(), share=st.sampled_from([0.0, 0.5]), seed=st.integers(0, 99))
def test_nothing_is_lost_and_nothing_left_behind(
    steps: list[tuple[str, int]], ordered: bool, share: float, seed: int
) -> None:
    """In the end every message was acknowledged, no client holds anything, and the backlog is empty."""
    history = History(ordered=ordered, share=share, seed=seed)
    for step, number in steps:
        history.step(step, number)
    history.finish()
    assert len(history.acknowledged) == history.published
    assert history.stage.backlog.unacknowledged == {}
    assert [(holder.messages, holder.bytes) for holder in history.holders] == [(0, 0), (0, 0)]
    assert history.stage.backlog._leases.entries == {}
    assert history.stage.backlog._dispatch.lanes == {}
