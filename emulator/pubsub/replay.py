"""The calls of google.pubsub.v1.Subscriber that go back in time: snapshots and Seek."""

from __future__ import annotations

from typing import Any

from emulator.errors import InvalidArgument
from emulator.paging import page
from emulator.pubsub import resources
from emulator.pubsub.limits import check_labels
from emulator.pubsub.masks import updated
from emulator.pubsub.resources import shown_snapshot
from emulator.pubsub.snapshots import Snapshots
from emulator.pubsub.subscriptions import Subscriptions
from emulator.wire.pubsub import MESSAGES


class Replay:
    """Each method answers one call."""

    def __init__(self, subscriptions: Subscriptions, snapshots: Snapshots) -> None:
        self._subscriptions = subscriptions
        self._snapshots = snapshots

    def create_snapshot(self, request: Any) -> Any:
        """Remember what a subscription owes."""
        shown = resources.new_snapshot(request)
        return shown_snapshot(self._snapshots.create(request.name, request.subscription, shown))

    def get_snapshot(self, request: Any) -> Any:
        """Show a snapshot."""
        return shown_snapshot(self._snapshots.get(request.snapshot))

    def list_snapshots(self, request: Any) -> Any:
        """Show the snapshots of a project."""
        found = self._snapshots.of_project(request.project)
        names, token = page(found, size=request.page_size, token=request.page_token)
        shown = [shown_snapshot(found[name]) for name in names]
        return MESSAGES["ListSnapshotsResponse"](snapshots=shown, next_page_token=token)

    def update_snapshot(self, request: Any) -> Any:
        """Change what the mask names."""
        name = request.snapshot.name
        snapshot = self._snapshots.get(name)
        shown = updated(shown_snapshot(snapshot), request.snapshot, request.update_mask)
        check_labels(shown.labels)
        moved = "expire_time" in request.update_mask.paths
        expires = _time(shown.expire_time) if moved else snapshot.expires
        return shown_snapshot(self._snapshots.change(name, shown, expires=expires))

    def delete_snapshot(self, request: Any) -> Any:
        """Take a snapshot away."""
        self._snapshots.delete(request.snapshot)
        return MESSAGES["Empty"]()

    def seek(self, request: Any) -> Any:
        """Owe what was published since a time, or what a snapshot holds."""
        target = request.WhichOneof("target")
        if target == "time":
            self._subscriptions.seek_to_time(request.subscription, _time(request.time))
        elif target == "snapshot":
            self._snapshots.seek(request.subscription, request.snapshot)
        else:
            raise InvalidArgument(f"A seek of {request.subscription} needs a time or a snapshot.")
        return MESSAGES["SeekResponse"]()


def _time(timestamp: Any) -> float:
    return float(timestamp.seconds + timestamp.nanos / 1e9)
