"""Feeds that are only received: local edits count for nothing, and a pull repairs or reports them (P6)."""

from __future__ import annotations

from typing import Any

import pytest
from pytest_django import Settings

from consumers.apply import apply
from consumers.models import Conflict
from consumers.report import reading
from feedsync import conf, contract, ledger, natural_keys
from feedsync.checks import deployment
from feedsync.errors import ConfigurationError
from feedsync.export.errors import NotVisible
from feedsync.export.requests import parse
from feedsync.ledger import Entry
from feedsync.models import Mark
from feedsync.wire.page import Change
from tests.db.pull import source as sources
from tests.db.pull.pulling import pulled
from tests.db.pull.source import NOW, Source, tag
from tests.db.relay.relaying import Relay
from tests.library.models import Country, Tag
from tests.unit.http.server import Server

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def policy(settings: Settings, source: Source) -> Any:
    """Declares tags one-way; the source has two of them."""
    source.rows = {"library.tag": [tag("a", "theirs"), tag("b", "theirs")]}

    def declare(value: str, label: str = "library.tag") -> None:
        settings.FEEDSYNC = {**sources.SETTINGS, "ONE_WAY": {label: value}}

    return declare


def labels() -> dict[str, str]:
    return dict(Tag.objects.values_list("slug", "label"))


def test_p06_a_pull_repairs_local_edits(policy: Any, server: Server) -> None:
    """Edits, deletions, and the versions that they once had count for nothing."""
    policy("repair")
    pulled(server.url)
    Tag.objects.filter(slug="a").update(label="ours")
    Tag.objects.filter(slug="b").delete()
    assert not Mark.objects.exists()
    assert pulled(server.url).progress["updated"] == 1
    assert labels() == {"a": "theirs", "b": "theirs"}


def test_p06_versions_of_our_own_are_ignored(policy: Any, server: Server, settings: Settings) -> None:
    """A local edit that was published, later than anything of the source, before the feed was declared one-way."""
    policy("repair")
    made = Tag.objects.create(slug="a", label="ours")
    known = Entry.of(
        "library.tag", '["a"]', object_pk=str(made.pk), version=NOW + 2**40, origin="shop", content_hash="x"
    )
    ledger.put("default", [known])
    pulled(server.url)
    assert labels()["a"] == "theirs"
    assert Tag.objects.get(slug="a").pk == made.pk
    assert not Conflict.objects.exists()


def test_p06_by_policy_a_pull_reports_them_and_leaves_them(policy: Any, server: Server) -> None:
    """Each field by field; a newer change of the source takes effect all the same."""
    policy("report")
    pulled(server.url)
    Tag.objects.filter(slug="a").update(label="ours")
    pull = pulled(server.url)
    assert (pull.progress["drifted"], pull.progress["updated"], labels()["a"]) == (1, 0, "ours")
    assert '"drifted"' in "".join(reading.pieces(pull))
    fields = {"slug": "a", "label": "newer"}
    key = natural_keys.text(["a"])
    apply([Change(feed="library.tag", key=key, version=NOW + 1, origin="studio", fields=fields)], using="default")
    assert labels()["a"] == "newer"


def test_p06_nothing_of_it_is_published_or_exported(policy: Any) -> None:
    """Marks from before the declaration go; other feeds are published as ever."""
    Tag.objects.create(slug="a")
    Country.objects.create(code="GB")
    policy("repair")
    Tag.objects.create(slug="b")
    relay = Relay()
    assert [change.feed for change in relay.drain()] == ["library.country"]
    assert not Mark.objects.exists()
    reader = conf.Reader(name="kiosk")
    assert "library.tag" not in [feed.label for feed in contract.visible(reader)]
    with pytest.raises(NotVisible):
        parse({"feeds": "library.tag"}, reader)


def test_p06_every_feed_may_be_one_way(policy: Any) -> None:
    """A replica that publishes nothing of its own."""
    policy("repair", "*")
    Country.objects.create(code="GB")
    assert not Mark.objects.exists()


def test_a_misspelt_feed_is_warned_of(policy: Any) -> None:
    """Or nothing would be one-way."""
    policy("repair", "library.tags")
    [found] = deployment.check_one_way()
    assert "library.tags" in found.msg


@pytest.mark.parametrize("value", [[], {"library.tag": "both"}, {1: "repair"}])
def test_a_setting_that_makes_no_sense(settings: Settings, value: Any) -> None:
    """The sentence says what may stand there."""
    settings.FEEDSYNC = {**sources.SETTINGS, "ONE_WAY": value}
    with pytest.raises(ConfigurationError, match="one of repair, report"):
        conf.settings()
