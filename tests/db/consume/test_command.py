"""`manage.py feedsync_consume`: its options and its exit status."""

from __future__ import annotations

import io
import signal

import pytest
from django.core.management import CommandError, call_command

from consumers.models import DataSource
from emulator import Emulator
from feedsync import clock
from feedsync.models import Clock
from tests.db.apply.building import tag
from tests.db.consume.consuming import SUBSCRIPTION, send
from tests.library.models import Tag

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("studio")]
V = clock.at(1_000_000)


def consume(*arguments: str) -> str:
    out = io.StringIO()
    call_command("feedsync_consume", *arguments, stdout=out)
    return out.getvalue()


def test_it_says_what_it_did(cloud: Emulator) -> None:
    """What it receives, what it applied, how it ended; signal handlers are as before."""
    before = signal.getsignal(signal.SIGTERM)
    send(cloud, tag("a", V, origin="studio"))
    said = consume("--until-idle", "0.6")
    assert f"studio: receiving {SUBSCRIPTION}" in said
    assert "1 message: 1 created" in said
    assert "stopped after 1 messages" in said
    assert signal.getsignal(signal.SIGTERM) == before


def test_source_and_max_messages_are_heeded(cloud: Emulator) -> None:
    """Two sources, one wanted, one message."""
    other = DataSource(env_name="other", env_url="https://other.example.org", subscription=f"{SUBSCRIPTION}-none")
    DataSource.objects.bulk_create([other])
    for slug in "ab":
        send(cloud, tag(slug, V, origin="studio"))
    said = consume("--source", "studio", "--max-messages", "1")
    assert "other" not in said
    assert Tag.objects.count() == 1


def test_a_missing_subscription_is_a_failure_of_until_idle(cloud: Emulator) -> None:
    """Exit status 1, with the command to run."""
    DataSource.objects.update(subscription=f"{SUBSCRIPTION}-none")
    with pytest.raises(CommandError, match="feedsync_setup"):
        consume("--until-idle", "0.6")


def test_quiet_is_quiet(cloud: Emulator) -> None:
    """Verbosity 0 says nothing."""
    assert consume("--until-idle", "0.1", "--verbosity", "0") == ""


def test_p10_a_copied_database_takes_nothing(cloud: Emulator) -> None:
    """A consumer on a copy of another environment's database refuses before it receives anything."""
    clock.read("default")
    Clock.objects.update(environment="production")
    send(cloud, tag("a", V, origin="studio"))
    with pytest.raises(CommandError, match="feedsync_setup --adopt"):
        consume("--until-idle", "0.6")
    assert not Tag.objects.exists()
