"""What a pull found different, kept as JSON, object by object and field by field."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django import Settings

from consumers.models import DataPull, ReportPart
from consumers.report import keeping, reading
from consumers.report.differences import VALUE_CHARACTERS
from feedsync import capture_disabled
from tests.db.pull import source as sources
from tests.db.pull.mirrored import MIRROR, UNBRAKED, old
from tests.db.pull.pulling import again, pulled
from tests.db.pull.source import NOW, Source, tag
from tests.library.models import Tag
from tests.unit.http.server import Server

pytestmark = pytest.mark.django_db(transaction=True)
DRY_RUN = DataPull.Mode.DRY_RUN


@pytest.fixture(autouse=True)
def _rows(source: Source) -> None:
    source.rows = {"library.tag": [tag("new", "N"), tag("changed", "after"), tag("same", "S")]}
    source.tombstones = [("library.tag", {"k": ["buried"], "v": NOW, "d": True})]
    with capture_disabled():
        Tag.objects.create(slug="changed", label="before")
        Tag.objects.create(slug="same", label="S")
        Tag.objects.create(slug="buried")


def document(pull: DataPull) -> Any:
    return json.loads("".join(reading.pieces(pull)))


def by_key(line: dict[str, Any]) -> list[str]:
    key: list[str] = line["key"]
    return key


DIFFERENCES: list[dict[str, Any]] = [
    {
        "feed": "library.tag",
        "key": ["new"],
        "change": "created",
        "fields": {"label": [None, "N"], "slug": [None, "new"]},
    },
    {"feed": "library.tag", "key": ["changed"], "change": "updated", "fields": {"label": ["before", "after"]}},
    {"feed": "library.tag", "key": ["buried"], "change": "deleted"},
]


@pytest.mark.parametrize("mode", [DataPull.Mode.REPAIR, DRY_RUN])
def test_report_of_a_pull_and_of_a_rehearsal(server: Server, mode: str) -> None:
    """Each object that differed, with each field's old and new value; what is equal isn't named."""
    report = document(pulled(server.url, mode=mode))
    assert sorted(report["differences"], key=by_key) == sorted(DIFFERENCES, key=by_key)
    assert report["changed"] == {"library.tag": {"created": 1, "updated": 1, "deleted": 1}}
    assert (report["source"], report["mode"], report["status"], report["left_out"]) == ("studio", mode, "done", 0)


def test_report_of_a_mirror(server: Server, settings: Settings) -> None:
    """What is to be removed, with the values that are lost; what was; what had to stay, and why."""
    settings.FEEDSYNC = UNBRAKED
    old("gone")
    old("edited")
    settings.FEEDSYNC = UNBRAKED | {"MIRROR_MAX_DELETIONS": 0}
    pull = pulled(server.url, mode=MIRROR)
    Tag.objects.get(slug="edited").save()
    DataPull.objects.filter(pk=pull.pk).update(status=DataPull.Status.WAITING, confirmed_at=timezone.now())
    found = {(item["key"][0], item["change"]): item for item in document(again(pull))["differences"]}
    assert found["gone", "to remove"]["fields"] == {"label": ["", None], "slug": ["gone", None]}
    assert ("gone", "deleted") in found
    assert found["edited", "kept"]["reason"] == "it has a change that is not published yet"


def test_no_query_for_it(server: Server, source: Source) -> None:
    """A row more in the report is no statement more."""

    def statements(number: int) -> int:
        source.rows = {"library.tag": [tag(f"{number}-{place}") for place in range(number)]}
        source.chunk = 1000
        with CaptureQueriesContext(connection) as queries:
            pulled(server.url)
        return len(queries)

    statements(1)
    assert statements(5) == statements(50)


def test_report_is_bounded(server: Server, source: Source, settings: Settings) -> None:
    """Beyond REPORT_BYTES lines are left out and counted; numbers stay whole."""
    settings.FEEDSYNC = sources.SETTINGS | {"REPORT_BYTES": 1000}
    source.rows = {"library.tag": [tag(f"t{number}") for number in range(100)]}
    pull = pulled(server.url)
    report = document(pull)
    kept = len(report["differences"])
    assert 3 < kept < 20
    assert kept + report["left_out"] == 101
    assert report["changed"]["library.tag"]["created"] == 100
    assert sum(len(part.lines) for part in ReportPart.objects.all()) <= 1000


def test_long_values_are_cut(server: Server, source: Source) -> None:
    """Of a long text the beginning and its length."""
    source.rows = {"library.everyfield": [{"k": ["x"], "v": NOW, "f": {"name": "x", "text": "a" * 5000}}]}
    source.tombstones = []
    [line] = document(pulled(server.url))["differences"]
    assert line["fields"]["text"] == [None, {"begins": "a" * VALUE_CHARACTERS, "characters": 5000}]


def test_no_report_is_kept_without_room(server: Server, settings: Settings) -> None:
    """REPORT_BYTES 0 keeps nothing but numbers."""
    settings.FEEDSYNC = sources.SETTINGS | {"REPORT_BYTES": 0}
    assert document(pulled(server.url))["differences"] == []
    assert not ReportPart.objects.exists()


def test_old_reports_go(server: Server) -> None:
    """After REPORT_DAYS, with the end of the next pull; the pull itself stays."""
    pull = pulled(server.url)
    keeping.prune(timezone.now() + dt.timedelta(days=29))
    assert reading.exists(pull)
    keeping.prune(timezone.now() + dt.timedelta(days=31))
    assert not reading.exists(pull)
    assert DataPull.objects.exists()


def test_download(server: Server, client: Client, django_user_model: Any) -> None:
    """Whoever may look at pulls may download; nobody else."""
    pull = pulled(server.url)
    url = f"/admin/feedsync_consumers/datapull/{pull.pk}/report/"
    user = django_user_model.objects.create_user("reader", password="x", is_staff=True)
    client.force_login(user)
    assert client.get(url).status_code == 403
    user.user_permissions.set(Permission.objects.filter(codename="view_datapull"))
    response = client.get(url)
    assert response["Content-Disposition"] == f'attachment; filename="feedsync-studio-{pull.pk}.json"'
    assert len(json.loads(response.getvalue())["differences"]) == 3
    client.logout()
    assert client.get(url).status_code == 302


def test_report_by_command(server: Server, tmp_path: Path) -> None:
    """`--report` writes the same document."""
    pulled(server.url)
    call_command("feedsync_pull", "studio", "--dry-run", "--report", str(tmp_path / "report.json"))
    assert json.loads((tmp_path / "report.json").read_text())["mode"] == "dry_run"
