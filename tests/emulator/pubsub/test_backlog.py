"""The backlog of a subscription: leases, refusals, delays, limits. No gRPC; the test moves the clock."""

from __future__ import annotations

from emulator.pubsub.rules import DeliveryRules, Room
from emulator.pubsub.takers import Holder
from tests.emulator.pubsub.stage import Stage


def test_everything_is_delivered_until_it_is_acknowledged() -> None:
    """A message comes again after each lapsed lease, and no more after the acknowledgement."""
    stage = Stage()
    stage.publish("a")
    for _ in range(3):
        (entry,) = stage.take()
        assert stage.take() == []
        stage.pass_seconds(10)
    (entry,) = stage.take()
    stage.backlog.acknowledge([entry.ack_id])
    stage.pass_seconds(1000)
    assert stage.take() == []
    assert stage.backlog.unacknowledged == {}


def test_every_delivery_has_its_own_ack_id_and_is_counted() -> None:
    """Attempts go up, ack ids never repeat."""
    stage = Stage()
    stage.publish("a")
    ack_ids = set()
    for attempt in range(1, 6):
        (entry,) = stage.take()
        assert entry.attempts == attempt
        ack_ids.add(entry.ack_id)
        stage.backlog.extend([entry.ack_id], seconds=0)
    assert len(ack_ids) == 5


def test_an_extension_keeps_the_lease() -> None:
    """The deadline counts from the extension, not from the delivery."""
    stage = Stage()
    stage.publish("a")
    (entry,) = stage.take()
    stage.pass_seconds(9)
    stage.backlog.extend([entry.ack_id], seconds=60)
    stage.pass_seconds(59)
    assert stage.take() == []
    stage.pass_seconds(1)
    assert stage.said(stage.take()) == ["a"]


def test_a_late_acknowledgement_counts_until_the_next_delivery() -> None:
    """After a lapsed lease the old ack id still works, unless the message is out again under a new one."""
    stage = Stage()
    stage.publish("a", "b")
    first, second = stage.take()
    late, outdated = first.ack_id, second.ack_id
    stage.pass_seconds(10)
    stage.backlog.acknowledge([late])
    assert stage.said(stage.take()) == ["b"]
    stage.backlog.acknowledge([outdated])
    assert [each.data for each in stage.backlog.unacknowledged.values()] == [b"b"]


def test_a_vanished_client_gives_everything_back_at_once() -> None:
    """Its leases end, those of others run on."""
    stage = Stage()
    stage.publish("a", "b", "c")
    gone, staying = Holder(lambda: None), Holder(lambda: None)
    stage.backlog.take(Room(messages=2), by=gone)
    stage.backlog.take(Room(messages=1), by=staying)
    stage.backlog.release(gone)
    assert sorted(stage.said(stage.take())) == ["a", "b"]
    assert (gone.messages, gone.bytes) == (0, 0)
    assert (staying.messages, staying.bytes) == (1, 1)


def test_room_is_kept_in_messages_and_bytes() -> None:
    """A hand-out stays within both, but one message always fits."""
    stage = Stage()
    stage.publish("aaaa", "bbbb", "cccc", "dddd")
    assert stage.said(stage.backlog.take(Room(messages=1))) == ["aaaa"]
    assert stage.said(stage.backlog.take(Room(messages=9, bytes=7))) == ["bbbb"]
    assert stage.said(stage.backlog.take(Room(messages=9, bytes=1))) == ["cccc"]
    assert stage.backlog.take(Room(messages=9, bytes=0)) == []
    assert stage.backlog.take(Room(messages=0)) == []
    assert stage.said(stage.take()) == ["dddd"]


def test_backoff_grows_from_shortest_to_longest() -> None:
    """A retry policy delays each redelivery, twice as long each time up to its limit."""
    stage = Stage(DeliveryRules(backoff_seconds=(1, 3)))
    stage.publish("a")
    for expected in (1, 2, 3, 3):
        (entry,) = stage.take()
        stage.backlog.extend([entry.ack_id], seconds=0)
        stage.pass_seconds(expected - 0.1)
        assert stage.take() == []
        stage.pass_seconds(0.1)


def test_dead_letters_leave_after_their_last_attempt() -> None:
    """What was refused often enough is handed over, once, with its number of attempts."""
    stage = Stage(DeliveryRules(max_attempts=5))
    taken_over = stage.collect_dead_letters()
    stage.publish("a")
    for _ in range(5):
        (entry,) = stage.take()
        stage.backlog.extend([entry.ack_id], seconds=0)
    assert stage.take() == []
    assert taken_over == [("a", 5)]


def test_every_way_to_fail_counts_as_an_attempt() -> None:
    """Refused, lapsed or left behind by a vanished client: the fifth time the message is a dead letter, at once."""
    for way in ("refused", "lapsed", "left behind"):
        stage = Stage(DeliveryRules(max_attempts=5))
        taken_over = stage.collect_dead_letters()
        stage.publish("a")
        for _ in range(5):
            holder = Holder(lambda: None)
            (entry,) = stage.backlog.take(holder.room, by=holder)
            if way == "refused":
                stage.backlog.extend([entry.ack_id], seconds=0)
            elif way == "lapsed":
                stage.pass_seconds(10)
            else:
                stage.backlog.release(holder)
        assert taken_over == [("a", 5)], way
        assert stage.backlog.unacknowledged == {}


def test_followers_of_a_dead_letter_are_not_blamed() -> None:
    """Of an ordering key, only the refused message counts attempts; when it is gone the others go on."""
    stage = Stage(DeliveryRules(ordered=True, max_attempts=5))
    stage.backlog.dead_letter = lambda *_: True
    stage.publish("poison", "good", key="k")
    for _ in range(5):
        poison, good = stage.take()
        stage.backlog.extend([poison.ack_id], seconds=0)
    assert (poison.attempts, good.attempts) == (5, 1)
    stage.backlog.acknowledge([good.ack_id])
    assert stage.backlog.unacknowledged == {}


def test_a_lapsed_lease_waits_for_its_back_off_and_others_do_not() -> None:
    """A retry policy holds after an expiry too, and only for its message."""
    stage = Stage(DeliveryRules(backoff_seconds=(20, 60)))
    stage.publish("late")
    stage.take()
    stage.pass_seconds(10)
    stage.publish("other")
    assert stage.said(stage.take()) == ["other"]
    stage.pass_seconds(20)
    assert sorted(stage.said(stage.take())) == ["late"]


def test_what_nobody_takes_is_let_go_after_its_retention() -> None:
    """Memory is given back without a client, and a lapsed ack id of such a message is forgotten."""
    stage = Stage(DeliveryRules(retention_seconds=600, ordered=True))
    stage.publish("a", "b")
    stage.publish("c", "d", key="k")
    stage.take(1)
    stage.pass_seconds(700)
    stage.pass_seconds(100)
    assert stage.backlog.unacknowledged == {}
    assert stage.take() == []
    assert stage.backlog._leases.entries == {}
    assert not stage.backlog._ready._shared


def test_a_shorter_retention_counts_at_once() -> None:
    """What is older than the new one is dropped, also when nothing else happens."""
    stage = Stage(DeliveryRules(retention_seconds=86_400))
    stage.publish("old")
    stage.pass_seconds(3600)
    stage.publish("new")
    stage.backlog.change(DeliveryRules(retention_seconds=600))
    assert [each.data for each in stage.backlog.unacknowledged.values()] == [b"new"]
    stage.pass_seconds(601)
    assert stage.backlog.unacknowledged == {}


def test_ack_ids_of_another_run_mean_nothing() -> None:
    """A client that outlives the emulator can't acknowledge what it never saw."""
    before, after = Stage(), Stage()
    for stage in (before, after):
        stage.publish("a")
    stale, fresh = before.take()[0].ack_id, after.take()[0].ack_id
    after.backlog.acknowledge([stale])
    assert after.backlog.unacknowledged
    assert stale != fresh


def test_acknowledged_messages_are_retained_as_long_as_others() -> None:
    """A seek back brings what was acknowledged, until it is older than the retention; without it, nothing."""
    for retained, expected in ((True, ["new"]), (False, [])):
        stage = Stage(DeliveryRules(retention_seconds=600, retain_acknowledged=retained))
        stage.publish("old")
        stage.pass_seconds(400)
        stage.publish("new")
        stage.backlog.acknowledge([entry.ack_id for entry in stage.take()])
        stage.pass_seconds(300)
        stage.seek(0)
        assert stage.said(stage.take()) == expected


def test_a_dead_letter_that_nobody_takes_is_delivered_on() -> None:
    """Without its topic, a dead letter stays in the backlog."""
    stage = Stage(DeliveryRules(max_attempts=5))
    stage.publish("a")
    for _ in range(7):
        (entry,) = stage.take()
        stage.backlog.extend([entry.ack_id], seconds=0)
    assert stage.said(stage.take()) == ["a"]


def test_messages_are_kept_as_long_as_the_retention_says() -> None:
    """What is older is dropped, unseen."""
    stage = Stage(DeliveryRules(retention_seconds=600))
    stage.publish("old")
    stage.pass_seconds(601)
    stage.publish("new")
    assert stage.said(stage.take()) == ["new"]
    assert len(stage.backlog.unacknowledged) == 1


def test_a_seek_to_now_drops_and_a_seek_back_brings_again() -> None:
    """Forward, everything counts as acknowledged; back, what is kept is owed again."""
    stage = Stage(DeliveryRules(retain_acknowledged=True))
    start = stage.now
    stage.publish("a")
    stage.backlog.acknowledge([entry.ack_id for entry in stage.take()])
    stage.pass_seconds(1)
    stage.publish("b")
    stage.seek(stage.now + 1)
    assert stage.take() == []
    stage.seek(start)
    assert stage.said(stage.take()) == ["a", "b"]


def test_an_acknowledgement_wakes_the_stream_that_held_the_message() -> None:
    """Room that a stream wins back is used at once."""
    stage = Stage()
    woken: list[str] = []
    stage.publish("a")
    (entry,) = stage.backlog.take(Room(messages=1), by=Holder(lambda: woken.append("holder")))
    stage.backlog.acknowledge([entry.ack_id])
    assert woken == ["holder"]


def test_alarms_are_asked_for_when_leases_and_delays_end() -> None:
    """Nothing polls: each deadline is announced when it is set."""
    stage = Stage(DeliveryRules(ack_seconds=30, backoff_seconds=(5, 5), retention_seconds=600))
    stage.publish("a")
    (entry,) = stage.take()
    stage.backlog.extend([entry.ack_id], seconds=0)
    assert stage.alarms == [stage.now + 600 + 1, stage.now + 30, stage.now + 5]


def test_many_extensions_do_not_pile_up() -> None:
    """Overtaken deadlines are cleared away before their time."""
    stage = Stage()
    stage.publish("a")
    (entry,) = stage.take()
    for _ in range(5000):
        stage.pass_seconds(0.001)
        stage.backlog.extend([entry.ack_id], seconds=600)
    assert len(stage.backlog._leases._ends._heap) < 2000


def test_messages_without_a_key_are_not_held_up() -> None:
    """In an ordered subscription only keys wait for their batch."""
    stage = Stage(DeliveryRules(ordered=True))
    stage.publish("a", "b")
    assert stage.said(stage.take(1)) == ["a"]
    assert stage.said(stage.take(1)) == ["b"]
