"""What an environment can know of changes that don't arrive, and what a source says of itself (P7)."""

from __future__ import annotations

from typing import Any

import pytest
from django.conf import settings
from django.core import checks
from django.test import override_settings
from django.utils import timezone

from consumers.hearing import asking, gaps
from consumers.models import DataSource
from consumers.pull import offer
from feedsync import contract, status

pytestmark = pytest.mark.django_db(databases=["default", "other"])

Told = tuple[list[str], bool | list[str]]  # (whom it hears, whose changes it forwards)


def know(**sources: Told | None) -> None:
    """Data sources by name; None: it was never asked."""
    for name, told in sources.items():
        values: dict[str, Any] = {"hears": told[0], "forwards": told[1], "asked_at": timezone.now()} if told else {}
        row = DataSource(env_name=name, env_url="http://127.0.0.1:9", subscription=f"from-{name}", **values)
        DataSource.objects.bulk_create([row])


def found(**options: object) -> set[tuple[str, str]]:
    """(whose changes, where they don't arrive), as "hub" sees it."""
    with override_settings(FEEDSYNC={**settings.FEEDSYNC, "ENVIRONMENT": "hub", **options}):
        return {(gap.origin, gap.target) for gap in gaps.find()}


def test_p07_a_star_without_a_forwarder() -> None:
    """The hub sees that its sources don't hear each other; forwarding mends it, for those that it forwards."""
    know(shop=(["hub"], False), lab=(["hub"], False))
    assert found() == {("shop", "lab"), ("lab", "shop")}
    assert found(FORWARD=True) == set()
    assert found(FORWARD=["shop"]) == {("lab", "shop")}
    assert found(FORWARD=True, TOPIC=None) == {("shop", "lab"), ("lab", "shop")}


def test_p07_a_ring_without_forwarders() -> None:
    """Our source hears somebody whom we don't, and doesn't pass it on."""
    know(shop=(["lab"], False))
    assert found() == {("lab", "hub")}
    DataSource.objects.update(forwards=["lab"])
    assert found() == set()


def test_p07_a_mesh_is_complete_or_told() -> None:
    """One data source is missing at one of them."""
    know(shop=(["hub", "lab"], False), lab=(["hub"], False))
    assert found() == {("shop", "lab")}


def test_p07_what_is_not_sure_is_not_told() -> None:
    """Sources that hear nobody are meant to be sources; of those never asked, or not ours, anything may be true."""
    know(shop=([], False), lab=([], False))
    assert found() == set()
    know(museum=(["archive", "hub"], False), archive=None)
    assert found() == set()


def test_p07_a_gap_is_a_warning_and_in_the_status() -> None:
    """`check --database default` and `feedsync_status` say what to do."""
    know(shop=(["hub"], False), lab=(["hub"], False))
    with override_settings(FEEDSYNC={**settings.FEEDSYNC, "ENVIRONMENT": "hub"}):
        warnings = [item for item in checks.run_checks(databases=["default"]) if item.id == "feedsync.W015"]
        shown = status.report()["consumers"]["gaps"]
    assert [item.msg for item in warnings] == [
        "What shop changes doesn't arrive at lab: lab isn't subscribed to it, and nobody passes it on.",
        "What lab changes doesn't arrive at shop: shop isn't subscribed to it, and nobody passes it on.",
    ]
    assert (
        warnings[0].hint
        == 'Let lab subscribe to shop, or set FEEDSYNC["FORWARD"] at hub. (docs/checks.md#feedsyncw015)'
    )
    assert shown[0].startswith("What shop changes doesn't arrive at lab")
    assert not [item for item in checks.run_checks() if item.id == "feedsync.W015"]


def test_p07_a_source_says_whom_it_hears() -> None:
    """In its contract, which a replica notes."""
    know(shop=None, lab=None)
    DataSource.objects.filter(env_name="lab").update(enabled=False)
    with override_settings(FEEDSYNC={**settings.FEEDSYNC, "ENVIRONMENT": "hub", "FORWARD": ["shop"]}):
        told = offer.parse(contract.describe([]))
    assert (told.hears, told.forwards) == (["shop"], ["shop"])
    asking.note(DataSource.objects.get(env_name="shop"), told)
    row = DataSource.objects.get(env_name="shop")
    assert (row.hears, row.forwards, row.asked_at is None) == (["shop"], ["shop"], False)


def test_p07_forwarding_needs_a_topic() -> None:
    """A warning, without a look at any database."""
    with override_settings(FEEDSYNC={**settings.FEEDSYNC, "FORWARD": True, "TOPIC": None}):
        assert [item.id for item in checks.run_checks() if item.id == "feedsync.W016"] == ["feedsync.W016"]
