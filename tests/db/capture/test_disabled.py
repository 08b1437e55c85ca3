"""capture_disabled() makes no marks and leaves a record (R7)."""

from __future__ import annotations

import threading
from datetime import datetime

import pytest
from django.db import transaction

from feedsync import capture_disabled
from feedsync.models import FeedState
from tests.db.capture.marks import take
from tests.library.models import Copy, Country, Language, Tag

pytestmark = [pytest.mark.django_db(databases=["default", "other"]), pytest.mark.usefixtures("capture")]


def _since(label: str, using: str = "default") -> datetime | None:
    found = FeedState.objects.using(using).filter(feed=label, cause="capture_disabled").first()
    return found.unchecked_since if found else None


def test_r07_writes_inside_make_no_mark_but_a_record() -> None:
    """Status can say which feeds need a pull, and only these."""
    with capture_disabled():
        tag = Tag.objects.create(slug="a")
        Tag.objects.update(label="x")
    assert take() == []
    assert _since("library.tag")
    assert _since("library.country") is None
    tag.save()
    assert len(take()) == 1


def test_r07_deletions_sets_and_cascades_are_recorded() -> None:
    """Whatever would have been marked is on record."""
    language = Language.objects.create(country=Country.objects.create(code="GB"), code="en")
    copy = Copy.objects.create(language=language, key="k")
    tag = Tag.objects.create(slug="a")
    take()
    with capture_disabled():
        copy.tags.add(tag)
        language.delete()
    assert take() == []
    assert _since("library.copy")
    assert _since("library.language")
    assert _since("library.tag") is None


def test_r07_each_write_moves_the_record() -> None:
    """So that an export that was under way can't clear what came in during it."""
    with capture_disabled():
        Tag.objects.create(slug="a")
        before = _since("library.tag")
        FeedState.objects.update(unchecked_since=None)
        Tag.objects.create(slug="b")
    assert before
    assert _since("library.tag")


def test_r07_the_record_is_in_the_transaction_of_the_write() -> None:
    """A write that was rolled back needs no pull."""
    with capture_disabled(), transaction.atomic():
        Tag.objects.create(slug="a")
        transaction.set_rollback(True)
    assert _since("library.tag") is None


def test_r07_only_one_database() -> None:
    """using= leaves the other databases captured; blocks nest."""
    with capture_disabled(using="other"):
        Tag.objects.using("other").create(slug="a")
        Tag.objects.create(slug="a")
        with capture_disabled():
            Tag.objects.create(slug="b")
        Tag.objects.create(slug="c")
    assert len(take()) == 2
    assert take("other") == []
    assert _since("library.tag", "other")


def test_r07_other_tasks_stay_captured() -> None:
    """The switch is per task: a thread that runs meanwhile sees nothing of it."""
    from feedsync.capture.disabled import is_disabled

    seen: list[bool] = []
    with capture_disabled():
        thread = threading.Thread(target=lambda: seen.append(is_disabled("default")))
        thread.start()
        thread.join()
        assert is_disabled("default")
    assert seen == [False]


def test_r07_an_empty_block_leaves_no_record() -> None:
    """Reading is no write."""
    with capture_disabled():
        list(Tag.objects.all())
    assert not FeedState.objects.exists()
