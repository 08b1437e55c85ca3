"""A stream that can't be opened: it says why, and goes on trying."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from consumers.receiving.delivery import Source
from consumers.streaming.inbox import Inbox
from consumers.streaming.stream import Stream
from feedsync.transport import clients

PATIENCE_SECONDS = 30


def test_missing_credentials_are_told_and_tried_again(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Its thread outlives an error that is no answer of Pub/Sub, and the sentence ends in one full stop."""
    monkeypatch.delenv(clients.EMULATOR, raising=False)
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(tmp_path / "nothing.json"))
    stream = Stream(Source(name="studio", subscription="projects/p/subscriptions/s"), Inbox())
    stream.start()
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not stream.problem and time.monotonic() < deadline:
        time.sleep(0.01)
    assert stream.problem.startswith("Pub/Sub can't be reached: Google Cloud credentials can't be used")
    assert stream.problem.endswith(". Trying again.")
    assert stream.alive
    stream.stop()
    stream.leases.close()
