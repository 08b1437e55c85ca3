"""The admin of the subscribing side, page by page."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django.utils.html import escape
from pytest_django import Settings

from consumers.models import DataPull, DataSource, ParkedChange
from feedsync import fingerprints, outbox, registry
from feedsync.models import DeadChange
from tests.db.pull.source import Source, tag
from tests.library.models import Tag
from tests.unit.http.server import Server

pytestmark = pytest.mark.django_db(transaction=True)
PULLS = "/admin/feedsync_consumers/datapull/"
SOURCES = "/admin/feedsync_consumers/datasource/"


def text(client: Client, url: str) -> str:
    response = client.get(url)
    assert response.status_code == 200
    return response.content.decode()


def act(client: Client, url: str, action: str, pk: int, *, confirmed: bool = True) -> str:
    data = {"action": action, "_selected_action": pk, **({"confirmed": "yes"} if confirmed else {})}
    return client.post(url, data, follow=True).content.decode()


@pytest.fixture
def stopped(server: Server, source: Source) -> DataPull:
    """A pull that failed after its first chunk, with rows left to come."""
    source.rows = {"library.tag": [tag(f"t{number}") for number in range(6)]}
    owner = DataSource.objects.create(env_name="studio", env_url=server.url, enabled=False)
    DataSource.objects.update(enabled=True)
    prints = {"library.tag": f"f-{fingerprints.fingerprint(registry.get('library.tag'))}"}
    position = {"cursor": "2", "incarnation": "first", "prints": prints}
    progress = {**position, "feeds": {"library.tag": {"seen": 2, "total": 6}}, "created": 2, "rate": 1234.5}
    return DataPull.objects.create(
        data_source=owner, status=DataPull.Status.FAILED, message="The source was away.", progress=progress
    )


def test_adding_a_source_pulls_it(admin_client: Client, server: Server, source: Source) -> None:
    """The form takes the URL without its end slash, and the first pull has run when the page comes back."""
    source.rows = {"library.tag": [tag("a")]}
    page = admin_client.post(
        f"{SOURCES}add/", {"env_name": "studio", "env_url": f"{server.url}/", "enabled": "on"}, follow=True
    ).content.decode()
    assert "first pull from studio" in page
    assert DataSource.objects.get().env_url == server.url
    assert Tag.objects.filter(slug="a").exists()
    assert "snapshot only" in text(admin_client, SOURCES)


def test_a_first_pull_that_could_not_start_says_why(admin_client: Client, server: Server) -> None:
    """The answer to "Save" is no promise that is broken already."""
    data = {"env_name": "elsewhere", "env_url": server.url, "enabled": "on"}
    page = admin_client.post(f"{SOURCES}add/", data, follow=True).content.decode()
    assert "starts now" not in page
    assert escape(DataPull.objects.get().message) in page


def test_a_source_whose_first_pull_waits_is_no_snapshot_yet(admin_client: Client, stopped: DataPull) -> None:
    """The pull makes the subscription."""
    DataPull.objects.update(status=DataPull.Status.WAITING)
    page = text(admin_client, SOURCES)
    assert "begins with the pull" in page
    assert "snapshot only" not in page


@pytest.mark.parametrize("url", ["ftp://example.org", "http://169.254.169.254", "https://user:word@example.org", "x"])
def test_dangerous_url_is_refused(admin_client: Client, url: str) -> None:
    """A URL that this environment must not connect to is an error of the form; nothing is stored."""
    page = admin_client.post(f"{SOURCES}add/", {"env_name": "studio", "env_url": url, "enabled": "on"}).content.decode()
    assert "errorlist" in page
    assert not DataSource.objects.exists()


def test_own_name_is_refused(admin_client: Client) -> None:
    """An environment can't be its own source."""
    data = {"env_name": "shop", "env_url": "https://example.org", "enabled": "on"}
    assert "environment itself" in admin_client.post(f"{SOURCES}add/", data).content.decode()


def test_pull_now_asks_first(admin_client: Client, stopped: DataPull) -> None:
    """Without the confirmation nothing runs; with it the pull does."""
    page = act(admin_client, SOURCES, "pull_now", stopped.data_source_id, confirmed=False)
    assert "Start?" in page
    assert DataPull.objects.count() == 1
    act(admin_client, SOURCES, "pull_now", stopped.data_source_id)
    assert Tag.objects.count() == 6


def test_pull_page_shows_progress_and_message(admin_client: Client, stopped: DataPull) -> None:
    """Bar, rate, counts and what went wrong; no raw JSON."""
    page = text(admin_client, f"{PULLS}{stopped.pk}/change/")
    assert "The source was away." in page
    assert 'value="2"' in page
    assert "1,234/s" in page
    assert "33&nbsp;%" in page
    assert "&quot;cursor&quot;" not in page
    assert "<progress" in text(admin_client, PULLS)


def test_running_pull_refreshes_its_page(admin_client: Client, stopped: DataPull) -> None:
    """Only while it runs, and the list too."""
    url = f"{PULLS}{stopped.pk}/change/"
    assert "http-equiv" not in text(admin_client, url)
    DataPull.objects.update(status=DataPull.Status.RUNNING)
    assert 'http-equiv="refresh"' in text(admin_client, url)
    assert 'http-equiv="refresh"' in text(admin_client, PULLS)


def test_resume_goes_on_at_the_cursor(admin_client: Client, stopped: DataPull, source: Source) -> None:
    """Only what was left is asked for."""
    assert "Resume them?" in act(admin_client, PULLS, "resume", stopped.pk, confirmed=False)
    act(admin_client, PULLS, "resume", stopped.pk)
    assert source.cursors == ["2"]
    assert DataPull.objects.get().status == DataPull.Status.DONE
    assert Tag.objects.count() == 4


def test_cancel_asks_the_worker(admin_client: Client, stopped: DataPull) -> None:
    """A running pull is asked to stop, a waiting one is over."""
    DataPull.objects.update(status=DataPull.Status.RUNNING, heartbeat_at=timezone.now())
    act(admin_client, PULLS, "cancel", stopped.pk)
    assert DataPull.objects.get().cancel_requested
    DataPull.objects.update(status=DataPull.Status.WAITING)
    act(admin_client, PULLS, "cancel", stopped.pk)
    assert DataPull.objects.get().status == DataPull.Status.CANCELLED


def test_pull_that_lost_its_worker_can_be_resumed(admin_client: Client, stopped: DataPull) -> None:
    """A page that would say "running" for ever offers to go on."""
    long_ago = timezone.now() - dt.timedelta(minutes=1)
    DataPull.objects.update(status=DataPull.Status.RUNNING, worker="dead", heartbeat_at=long_ago)
    assert "Its worker is gone: resume" in text(admin_client, f"{PULLS}{stopped.pk}/change/")
    act(admin_client, PULLS, "resume", stopped.pk)
    assert DataPull.objects.get().status == DataPull.Status.DONE


def test_parked_and_dead_are_readable(admin_client: Client) -> None:
    """Key and content as tables; retry and discard ask first and do it."""
    payload = '{"k":["a"],"v":5,"f":{"slug":"a","label":"From afar"}}'
    common = {"feed": "library.tag", "key_hash": "x", "key": '["a"]', "version": 5, "origin": "studio"}
    parked = ParkedChange.objects.create(**common, payload=payload, reason=ParkedChange.Reason.CONFLICT)
    dead = DeadChange.objects.create(**common, payload=payload, reason="ValueError: no", side="replica")
    for model, row in (("feedsync_consumers/parkedchange", parked), ("feedsync/deadchange", dead)):
        assert "studio" in text(admin_client, f"/admin/{model}/")
        assert "From afar" in text(admin_client, f"/admin/{model}/{row.pk}/change/")
    assert "forgotten" in act(admin_client, "/admin/feedsync/deadchange/", "discard", dead.pk, confirmed=False)
    act(admin_client, "/admin/feedsync/deadchange/", "retry", dead.pk)
    assert Tag.objects.get().label == "From afar"


def test_all_of_a_long_list_are_meant(admin_client: Client) -> None:
    """More rows than a form has fields: all that the person saw are discarded, and none that came since."""
    rows = [DeadChange(side="source", feed="x", key_hash=str(n), key=f"[{n}]", reason="no") for n in range(1100)]
    DeadChange.objects.bulk_create(rows)
    url = "/admin/feedsync/deadchange/"
    chosen = {"action": "discard", "_selected_action": rows[0].pk, "select_across": "1", "index": "0"}
    page = admin_client.post(url, chosen).content.decode()
    assert "1,100 dead changes" in page
    [newest] = re.findall(r'name="newest" value="(\d+)"', page)
    late = DeadChange.objects.create(side="source", feed="x", key_hash="late", key="[1]", reason="no")
    page = admin_client.post(url, {**chosen, "newest": newest, "confirmed": "yes"}, follow=True).content.decode()
    assert "1100 changes were discarded" in page
    assert DeadChange.objects.get() == late


def test_whoever_may_only_look_can_only_look(client: Client, django_user_model: Any, stopped: DataPull) -> None:
    """Without the permission to change there is no action, on the list or on the page."""
    user = django_user_model.objects.create_user("reader", password="x", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__startswith="view_"))
    client.force_login(user)
    for url in (PULLS, f"{PULLS}{stopped.pk}/change/"):
        assert "Resume" not in text(client, url)
    act(client, PULLS, "resume", stopped.pk)
    assert DataPull.objects.get().status == DataPull.Status.FAILED


def test_ledger_and_outbox_can_be_looked_at(admin_client: Client, settings: Settings) -> None:
    """Lists and pages open; nothing can be added."""
    Tag.objects.create(slug="mine")
    for model in ("ledgerentry", "mark", "feedstate", "deadchange"):
        text(admin_client, f"/admin/feedsync/{model}/")
        assert admin_client.get(f"/admin/feedsync/{model}/add/").status_code == 403


def test_large_tables_are_not_asked_for_their_feeds(admin_client: Client) -> None:
    """The filter names the registered feeds; no statement reads the whole ledger to find them."""
    outbox.mark("default", "library.tag", [("1", None)])
    outbox.mark("default", "library.country", [("2", None)])
    with CaptureQueriesContext(connection) as queries:
        page = text(admin_client, "/admin/feedsync/mark/?feed=library.tag")
    assert "library.tag 1" in page
    assert "library.country 2" not in page
    assert not [query for query in queries if "DISTINCT" in query["sql"]]


def test_pull_can_be_added_by_hand(admin_client: Client, stopped: DataPull) -> None:
    """Adding a DataPull runs it."""
    admin_client.post(f"{PULLS}add/", {"data_source": stopped.data_source_id, "mode": "repair"})
    assert Tag.objects.count() == 6
