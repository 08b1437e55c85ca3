"""R29: a registration that changed makes a pull due, once."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
from django.core.signals import request_started
from pytest_django import Settings

from consumers.models import DataPull, DataSource
from consumers.pull import offer as offers
from consumers.pull.registrations import is_due, schedule
from consumers.tasks import orphans
from feedsync import register_model, unregister
from feedsync.registry import registry
from tests.db.pull.pulling import World, pulled
from tests.db.pull.source import SETTINGS, Source, tag
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
    assert is_due(done, offer)
    assert not is_due(done)


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
