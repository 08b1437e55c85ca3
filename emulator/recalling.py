"""State that outlives the process: what a journal kept comes back, and from then on it is told of every change."""

from __future__ import annotations

from google.protobuf.message import DecodeError

from emulator.errors import UnusableDirectory
from emulator.pubsub.recollecting import recollect
from emulator.pubsub.records import Records
from emulator.schemas.records import SchemaRecords
from emulator.state import State
from emulator.storage.disk import Disk
from emulator.tasks.records import TaskRecords


def recall(state: State, disk: Disk) -> None:
    """Fill an empty state, or raise UnusableDirectory. On the running loop: leases and expiry need their alarms."""
    records = (
        SchemaRecords(state.schemas),
        TaskRecords(state.queues, clock=state.clock),
        Records(state.topics, state.subscriptions, state.snapshots, history=state.history),
    )
    try:
        for each in records:
            each.read_from(disk)
        recollect(disk, state.topics, state.subscriptions, state.snapshots)
    except DecodeError as error:
        raise UnusableDirectory(f"The data directory {disk.directory} is damaged: {error}.") from error
    for each in records:
        each.write_to(disk)
    disk.start()
