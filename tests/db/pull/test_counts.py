"""What a pull says that it saw and did is what a person would count."""

from __future__ import annotations

from typing import Any

import pytest

from consumers.apply import apply
from consumers.models import DataPull
from feedsync import natural_keys
from feedsync.wire.page import Change
from tests.db.pull.mirrored import MIRROR, UNBRAKED
from tests.db.pull.pulling import pulled
from tests.db.pull.source import NOW, Source, tag
from tests.unit.http.server import Server

pytestmark = pytest.mark.django_db(transaction=True)


def moved(slug: str, old: str) -> dict[str, Any]:
    return {**tag(slug), "p": [[old]]}


@pytest.fixture(autouse=True)
def _renamed(source: Source) -> None:
    """Two of three tags were renamed: the stream brings them, once more at its end, and their old keys' tombstones."""
    again = [moved("b", "old-b"), moved("c", "old-c")]
    burials = [{"k": [slug], "v": NOW - 1, "d": True} for slug in ("old-b", "old-c")]
    source.rows = {"library.tag": [tag("a"), *again]}
    source.tombstones = [("library.tag", item) for item in (*again, *burials)]


def test_renamed_objects_count_once(server: Server) -> None:
    """Whether they are new here or known, by their old key or by none."""
    key = natural_keys.text(["old-b"])
    apply(
        [Change(feed="library.tag", key=key, version=NOW - 2, origin="studio", fields={"slug": "old-b"})],
        using="default",
    )
    first = pulled(server.url).progress
    assert {name: first[name] for name in ("created", "updated", "unchanged", "superseded")} == {
        "created": 2,
        "updated": 1,
        "unchanged": 0,
        "superseded": 0,
    }
    assert first["feeds"]["library.tag"] == {"seen": 3, "total": 3}
    second = pulled(server.url).progress
    assert (second["created"], second["updated"], second["unchanged"], second["superseded"]) == (0, 0, 3, 0)


def test_what_a_mirror_is_confirmed_on_is_what_the_source_has(server: Server, settings: Any) -> None:
    """ "At the source" is the number of objects."""
    settings.FEEDSYNC = UNBRAKED
    pull = pulled(server.url, mode=MIRROR)
    assert pull.status == DataPull.Status.DONE, pull.message
    assert pull.progress["plan"]["library.tag"]["sent"] == 3
