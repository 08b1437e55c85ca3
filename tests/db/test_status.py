"""`manage.py feedsync_status`: how things stand, in JSON that stays and in tables for people."""

from __future__ import annotations

import datetime as dt
import json
import re
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from consumers.models import DataPull, DataSource, ParkedChange
from feedsync import capture_disabled, ledger, outbox, status
from feedsync.ledger import Entry
from feedsync.models import Clock, DeadChange, Lease, Mark
from tests.library.models import Country, Tag

pytestmark = pytest.mark.django_db(databases=["default", "other"])
NOW = dt.datetime(2026, 11, 23, 14, 0, tzinfo=dt.UTC)
PAGE = (Path(__file__).parents[2] / "docs" / "status.md").read_text()


def told(*arguments: str) -> str:
    out = StringIO()
    call_command("feedsync_status", *arguments, stdout=out)
    return out.getvalue()


def found() -> Any:
    return json.loads(told("--json"))


def test_nothing_has_happened() -> None:
    """A new environment has zeros everywhere, for each feed of each database."""
    report = found()
    default = report["databases"]["default"]

    assert (report["environment"], report["topic"]) == ("studio", "feedsync")
    assert set(report["databases"]) == {"default", "other"}
    assert default["marks"] == {"waiting": 0, "attempted": 0, "oldest_seconds": None}
    assert default["dead"] == {"source": 0, "replica": 0}
    assert default["feeds"]["library.country"] == {
        "objects": 0, "tombstones": 0, "waiting": 0, "pull_needed_since": None, "pull_needed_because": "",
        "paused_since": None, "paused_because": "",
    }  # fmt: skip
    assert report["consumers"]["sources"] == {}


def test_asking_changes_nothing() -> None:
    """Status makes no clock row, which would be the genesis."""
    told()

    assert not Clock.objects.exists()


def test_marks_that_wait() -> None:
    """Their number, how old the oldest is, and how many were tried before."""
    outbox.mark("default", "library.country", [("1", None), ("2", None)])
    outbox.mark("other", "library.tag", [("1", None)])
    Mark.objects.filter(object_pk="1").update(at=NOW - dt.timedelta(seconds=90), attempts=2)
    Mark.objects.filter(object_pk="2").update(at=NOW)
    databases = status.report(NOW)["databases"]

    assert databases["default"]["marks"] == {"waiting": 2, "attempted": 1, "oldest_seconds": 90.0}
    assert databases["default"]["feeds"]["library.country"]["waiting"] == 2
    assert databases["other"]["marks"]["waiting"] == 1


def test_what_the_ledger_knows() -> None:
    """Living objects and tombstones; placeholders and what a mirror removed are neither; old feeds are shown, too."""
    ledger.put(
        "default",
        [
            Entry.of("library.country", '["GB"]', version=1, object_pk="1"),
            Entry.of("library.country", '["FR"]', version=1, object_pk="2"),
            Entry.of("library.country", '["DD"]', version=1, deleted_at=NOW),
            Entry.of("library.country", '["??"]'),
            Entry.of("library.country", '["SU"]', version=1),
            Entry.of("library.unicorn", '["x"]', version=1, object_pk="1"),
        ],
    )
    feeds = found()["databases"]["default"]["feeds"]

    assert (feeds["library.country"]["objects"], feeds["library.country"]["tombstones"]) == (2, 1)
    assert feeds["library.unicorn"]["objects"] == 1


def test_r07_pull_that_is_needed() -> None:
    """Writes that went past the capture are told until a pull has repaired them."""
    with capture_disabled():
        Country.objects.create(code="GB")
    feed = found()["databases"]["default"]["feeds"]["library.country"]

    assert feed["pull_needed_since"]
    assert feed["pull_needed_because"] == "capture_disabled"
    assert "capture_disabled" in told()


def test_dead_changes_and_leases() -> None:
    """What needs a person, by side, and who relays right now."""
    for side, key in (("source", "a"), ("replica", "b"), ("replica", "c")):
        DeadChange.objects.create(side=side, feed="library.tag", key_hash=key, key=key, reason="poison")
    Lease.objects.create(name="relay:0", holder="one", token=1, until=NOW + dt.timedelta(seconds=5))
    Lease.objects.create(name="relay:1", holder="two", token=1, until=NOW - dt.timedelta(seconds=5))
    database = status.report(NOW)["databases"]["default"]

    assert database["dead"] == {"source": 1, "replica": 2}
    assert [(lease["holder"], lease["held"]) for lease in database["leases"]] == [("one", True), ("two", False)]


def test_sources_and_pulls() -> None:
    """Each source with its subscription and last pull."""
    DataSource.objects.bulk_create([DataSource(env_name="lab", env_url="https://lab"), DataSource(env_name="shop")])
    lab = DataSource.objects.get(env_name="lab")
    DataPull.objects.bulk_create(
        [
            DataPull(data_source=lab, status="failed", message="down"),
            DataPull(data_source=lab, status="done", progress={"created": 7}, finished_at=NOW),
        ]
    )
    sources = found()["consumers"]["sources"]

    assert sources["shop"]["last_pull"] is None
    assert sources["shop"]["subscription"] is None
    assert sources["lab"]["last_pull"]["status"] == "done"
    assert sources["lab"]["last_pull"]["created"] == 7
    assert "snapshot only" in told()


def test_parked_changes() -> None:
    """How many wait for what, and since when."""
    for key, reason in (("a", "missing"), ("b", "missing"), ("c", "conflict")):
        ParkedChange.objects.create(
            feed="library.tag", key_hash=key, key=key, version=1, reason=reason, parked_at=NOW - dt.timedelta(hours=1)
        )
    parked = status.report(NOW)["consumers"]["parked"]["default"]

    assert {reason: number for reason, number in parked["reasons"].items() if number} == {"missing": 2, "conflict": 1}
    assert parked["oldest_seconds"] == 3600.0


def test_number_of_queries_is_constant() -> None:
    """However much there is to count."""
    counts = []
    for size in (1, 50):
        Tag.objects.bulk_create([Tag(slug=f"{size}-{number}") for number in range(size)])
        DataSource.objects.bulk_create([DataSource(env_name=f"{size}-{number}") for number in range(size)])
        with CaptureQueriesContext(connection) as queries:
            told("--json")
        counts.append(len(queries))

    assert counts[0] == counts[1]


def test_tables_for_people() -> None:
    """Without --json one reads names, ages in words, and no line is cut."""
    Country.objects.create(code="GB")
    shown = told()

    assert "Environment studio, publishing to feedsync" in shown
    assert re.search(r"library\.country +│ +0 │ +0 │ +1 │", shown)
    assert max(map(len, shown.splitlines())) <= 160


@pytest.mark.parametrize(("seconds", "text"), [(None, "-"), (0.4, "0 s"), (95.0, "1 min 35 s"), (7322.0, "2 h 2 min")])
def test_ages_in_words(seconds: float | None, text: str) -> None:
    """An age is told in the two units that matter."""
    assert status.age(seconds) == text


def test_page_has_every_key() -> None:
    """docs/status.md explains each key of the JSON."""
    DataSource.objects.bulk_create([DataSource(env_name="lab")])
    DataPull.objects.bulk_create([DataPull(data_source=DataSource.objects.get())])
    Lease.objects.create(name="relay:0", holder="one", until=NOW)
    names: set[str] = set()

    def collect(value: Any) -> None:
        for each in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
            collect(each)
        names.update(value if isinstance(value, dict) else ())

    collect(found())
    data = {"default", "other", "lab", *(name for name in names if name.startswith("library.") or "pgfields" in name)}
    assert {name for name in names - data if f"`{name}`" not in PAGE} == set()
