"""R29: a registration that changed makes a pull due, once."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
from django.core.signals import request_started
from pytest_django import Settings

from consumers.hearing import asking
from consumers.models import DataPull, DataSource
from consumers.pull import offer as offers
from consumers.pull.registrations import due, schedule
from consumers.tasks import orphans
from feedsync import register_model, unregister
from feedsync.registry import registry
from tests.db.pull.pulling import World, pulled
from tests.db.pull.source import SETTINGS, Source, country, tag
from tests.library.models import Publication, Tag
from tests.unit.http.server import Server

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def done(server: Server, source: Source) -> DataSource:
    """A source that was pulled with the registrations of now."""
    source.rows = {"library.tag": [tag("a")]}
    return pulled(server.url).data_source


@pytest.fixture
def narrower() -> Iterator[None]:
    """Tags are registered with fewer fields for a while."""
    before = registry.feeds["library.tag"]
    unregister(Tag)
    register_model(natural_key=["slug"], fields=["slug"])(Tag)
    yield
    unregister(Tag)
    registry.add(before)


def test_r29_nothing_is_due_while_nothing_changed(done: DataSource) -> None:
    """Asking again and again makes no pulls."""
    assert schedule() == []
    assert DataPull.objects.count() == 1


def test_r29_changed_here(done: DataSource, narrower: None) -> None:
    """The pull is made, and being made with the new registration it isn't due again."""
    assert len(schedule()) == 1
    assert DataPull.objects.latest("id").status == DataPull.Status.DONE
    assert schedule() == []


def test_r29_only_that_feed_is_pulled(server: Server, source: Source) -> None:
    """Its rows are read and counted, no others."""
    source.rows = {"library.country": [country("GB")], "library.tag": [tag("a")]}
    done = pulled(server.url).data_source
    before = registry.feeds["library.tag"]
    unregister(Tag)
    register_model(natural_key=["slug"], fields=["slug"])(Tag)
    try:
        [pull] = schedule()
        pull.refresh_from_db()
        assert due(done) == []
    finally:
        unregister(Tag)
        registry.add(before)
    assert pull.status == DataPull.Status.DONE
    assert pull.progress["only"] == ["library.tag"]
    assert set(pull.progress["feeds"]) == {"library.tag"}


def test_r29_what_the_source_does_not_offer_is_left(done: DataSource) -> None:
    """A model that is new here, and not there: the pull is done at once, reads nothing, and isn't due again."""
    register_model(natural_key=["code"])(Publication)
    try:
        [pull] = schedule()
        pull.refresh_from_db()
        assert (pull.status, pull.progress["feeds"]) == (DataPull.Status.DONE, {})
        assert schedule() == []
    finally:
        unregister(Publication)


def test_r29_sources_are_asked_once_an_hour(done: DataSource, source: Source) -> None:
    """What was registered otherwise there is pulled; the hour begins with the first look."""
    DataSource.objects.update(subscription="s")
    source.contract = {"library.tag": {"fingerprint": "another"}}
    minutes = iter([0, 30, 61, 62, 130])
    looked = [
        [pull.progress["only"] for pull in asking.look(lambda: next(minutes) * 60_000, open_http=World().open_source)]
        for _ in range(5)
    ]
    assert looked == [[], [], [["library.tag"]], [], []]


def test_p10_a_source_that_began_a_new_life_is_pulled(done: DataSource, source: Source) -> None:
    """Restored and adopted, it has another incarnation: everything is read again, once."""
    DataSource.objects.update(subscription="s")
    source.incarnation = "second"
    minutes = iter([0, 61, 130])
    looked = [len(asking.look(lambda: next(minutes) * 60_000, open_http=World().open_source)) for _ in range(3)]
    assert looked == [0, 1, 0]
    done.refresh_from_db()
    assert done.incarnation == "second"


def test_r29_registered_since(done: DataSource) -> None:
    """A feed that is new here is one that the source may offer."""
    register_model(natural_key=["code"])(Publication)
    try:
        assert len(schedule()) == 1
        assert schedule() == []
    finally:
        unregister(Publication)


def test_r29_changed_at_the_source(done: DataSource, source: Source) -> None:
    """Whoever has its offer at hand can tell."""
    source.contract = {"library.tag": {"fingerprint": "another"}}
    with World().open_source("studio", done.env_url) as client:
        offer = offers.parse(client.get_json("feedsync/contract/"))
    assert due(done, offer) == ["library.tag"]
    assert due(done) == []


def test_first_request_of_a_process_looks_once(done: DataSource, narrower: None, settings: Settings) -> None:
    """After a deployment, the first request finds what is due; the others don't look."""
    settings.FEEDSYNC = SETTINGS | {"TASKS": "thread"}
    orphans.watch()
    for _ in range(2):
        request_started.send(sender=None)
    assert DataPull.objects.count() == 2
    threads_are_over()


def threads_are_over() -> None:
    """The pull's thread uses this test's database."""
    for thread in threading.enumerate():
        if thread.name.startswith("feedsync-pull-"):
            thread.join()
