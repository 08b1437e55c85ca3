"""`manage.py feedsync_pull`."""

from __future__ import annotations

import json
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from pytest_django import Settings

from consumers.models import DataPull, DataSource
from feedsync import capture_disabled
from tests.db.pull.source import Source, tag
from tests.docs import pages
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


def strays(number: int) -> None:
    with capture_disabled():
        Tag.objects.bulk_create(Tag(slug=f"stray{place}") for place in range(number))


def test_mirror_asks_before_much_is_removed() -> None:
    """Without --yes it says what would go, and fails; with it the same pull goes on and removes."""
    strays(3)
    with pytest.raises(CommandError, match=r"3 of 8 would be removed, more than 10%\. Run this again with --yes"):
        pull("--mirror")
    assert Tag.objects.count() == 8
    with pytest.raises(CommandError, match="Run this again with --yes"):
        pull("--mirror")
    said = pull("--mirror", "--yes")
    assert "library.tag: 3 of 8 are not at the source." in said
    assert (Tag.objects.count(), DataPull.objects.count()) == (5, 1)


def test_yes_is_for_mirrors() -> None:
    """Elsewhere it would only look as if it did something."""
    with pytest.raises(CommandError, match="--yes is for what --mirror removes"):
        pull("--yes")


def test_mirror_dry_run_removes_nothing() -> None:
    """It says how many would go, whatever the limits."""
    strays(3)
    assert "A mirror would remove 3." in pull("--mirror", "--dry-run")
    assert set(Tag.objects.values_list("slug", flat=True)) == {"stray0", "stray1", "stray2"}


def test_commands_of_the_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each feedsync_pull of docs/pulling.md runs as it is written there; its settings are true."""
    monkeypatch.chdir(tmp_path)
    page = Path(__file__).parents[3] / "docs" / "pulling.md"
    typed = [line.split()[3:] for block in pages.blocks(page) for line in block.commands if "feedsync_pull" in line]
    assert len(typed) == 4
    for _, *options in typed:
        pull(*options)
    assert json.loads((tmp_path / "differences.json").read_text())["report"] == 1
    assert json.loads(next(block.text for block in pages.blocks(page) if block.language == "json"))["report"] == 1


def test_a_mirror_of_nothing_is_an_error(source: Source) -> None:
    """A script can tell that nothing was removed; where there is nothing to remove, all is well."""
    source.rows = {"library.tag": [tag("a", version=-5)]}
    pull("--mirror")
    source.rows = {"library.tag": []}
    with pytest.raises(CommandError, match="sent no object at all"):
        pull("--mirror", "--yes")
    assert Tag.objects.count() == 1
    with capture_disabled():
        Tag.objects.all().delete()
    assert "is done" in pull("--mirror", "--yes")
