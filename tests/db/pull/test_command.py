"""`manage.py feedsync_pull`."""

from __future__ import annotations

from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from pytest_django import Settings

from consumers.models import DataPull, DataSource
from tests.db.pull.source import Source, tag
from tests.library.models import Tag
from tests.unit.http.server import Server

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _known_source(settings: Settings, server: Server, source: Source) -> None:
    """Disabled while it is added, so that nothing but the command pulls."""
    source.rows = {"library.tag": [tag(f"t{number}") for number in range(5)]}
    added = DataSource.objects.create(env_name="studio", env_url=server.url, enabled=False)
    DataSource.objects.filter(pk=added.pk).update(enabled=True)


def pull(*arguments: str) -> str:
    out = StringIO()
    call_command("feedsync_pull", "studio", *arguments, stdout=out)
    return out.getvalue()


def test_command_pulls_and_says_what_it_did() -> None:
    """Counts are printed, the objects are there."""
    assert "5 created" in pull()
    assert Tag.objects.count() == 5
    assert "5 unchanged" in pull()


def test_dry_run_writes_nothing() -> None:
    """A rehearsal counts and leaves the tables alone."""
    assert "5 created" in pull("--dry-run")
    assert Tag.objects.count() == 0


def test_failure_is_an_error_and_the_next_call_goes_on(source: Source) -> None:
    """The exit status says so; the second call resumes at the cursor of the first."""
    source.environment = "somebody"
    with pytest.raises(CommandError, match="called somebody"):
        pull()
    source.environment = "studio"
    assert "5 created" in pull()


def test_resumes_the_unfinished_pull(source: Source) -> None:
    """A pull that stopped after two chunks is not begun again."""
    pull()
    done = DataPull.objects.get()
    DataPull.objects.update(status=DataPull.Status.FAILED, progress={**done.progress, "cursor": "4"})
    source.cursors.clear()
    pull()
    assert source.cursors == ["4"]
    assert DataPull.objects.count() == 1


def test_restart_begins_again(source: Source) -> None:
    """--restart makes a new pull from the first row."""
    pull()
    DataPull.objects.update(status=DataPull.Status.FAILED)
    source.cursors.clear()
    pull("--restart")
    assert source.cursors == ["0"]
    assert DataPull.objects.count() == 2


def test_only_chosen_feeds(source: Source) -> None:
    """--feeds narrows; one that the source doesn't offer is named in the error."""
    assert "5 created" in pull("--feeds", "library.Tag")
    with pytest.raises(CommandError, match=r"library.country .*studio"):
        pull("--feeds", "library.country")


def test_unknown_source_lists_the_known_ones() -> None:
    """A typing mistake is easily mended."""
    with pytest.raises(CommandError, match="Known: studio"):
        call_command("feedsync_pull", "stduio")
