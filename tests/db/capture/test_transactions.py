"""A mark lives and dies with its write, and whoever relays is woken after the commit."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.db import IntegrityError, connection, models, transaction
from django.db.models.signals import post_save
from django.test.utils import CaptureQueriesContext

from feedsync import signals
from feedsync.models import Mark
from tests.db.capture.marks import changed, take
from tests.library.models import Country, Language, Tag

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("capture")]


@pytest.fixture
def woken() -> Iterator[list[int]]:
    """How many marks there were at each wake-up."""
    seen: list[int] = []

    def receive(*, using: str, **_: object) -> None:
        seen.append(Mark.objects.using(using).count())

    signals.marks_committed.connect(receive)
    yield seen
    signals.marks_committed.disconnect(receive)


def test_r02_autocommit_writes_commit_with_their_marks() -> None:
    """The mark is visible before save() sends post_save: they are one transaction."""
    seen: list[tuple[int, bool]] = []

    def receive(**_: object) -> None:
        seen.append((Mark.objects.count(), connection.in_atomic_block))

    post_save.connect(receive, sender=Country)
    Country.objects.create(code="GB")
    post_save.disconnect(receive, sender=Country)
    assert seen == [(1, False)]


def test_r02_a_durable_transaction_in_a_save_still_works() -> None:
    """The capture doesn't put save() into a transaction of its own."""
    tag = Tag(slug="a")

    def receive(**_: object) -> None:
        with transaction.atomic(durable=True):
            Country.objects.create(code="GB")

    post_save.connect(receive, sender=Tag)
    tag.save()
    post_save.disconnect(receive, sender=Tag)
    assert [model for model, _, _ in take()] == ["country", "tag"]


def test_r02_a_failing_autocommit_write_leaves_nothing() -> None:
    """Neither a mark nor an open transaction."""
    Tag.objects.create(slug="a")
    take()
    with pytest.raises(IntegrityError):
        Tag.objects.create(slug="a")
    assert take() == []
    assert not connection.in_atomic_block


@pytest.mark.hooks_only
def test_a_failing_mark_takes_its_write_with_it() -> None:
    """Where the outbox can't be written the change isn't either."""
    tag = Tag.objects.create(slug="a")
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE feedsync_mark RENAME COLUMN lane TO lane_away")
    try:
        for write in (lambda: Tag.objects.create(slug="b"), lambda: Tag.objects.update(label="x"), tag.delete):
            with pytest.raises(Exception, match="lane"):
                write()
    finally:
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE feedsync_mark RENAME COLUMN lane_away TO lane")
    assert list(Tag.objects.values_list("slug", "label")) == [("a", "")]


def test_a_rolled_back_transaction_leaves_no_mark(woken: list[int]) -> None:
    """Nor does it wake anybody."""
    with transaction.atomic():
        Tag.objects.create(slug="a")
        transaction.set_rollback(True)
    assert take() == []
    assert woken == []


def test_a_rolled_back_savepoint_leaves_no_mark(woken: list[int]) -> None:
    """What stood before it and comes after it is marked, and wakes once."""
    with transaction.atomic():
        kept = Tag.objects.create(slug="kept")
        with transaction.atomic():
            Tag.objects.create(slug="lost")
            transaction.set_rollback(True)
        later = Tag.objects.create(slug="later")
    assert woken == [2]
    assert take() == changed(kept, later)


def test_a_wake_up_lost_with_its_savepoint_is_made_up_for(woken: list[int]) -> None:
    """Only the first mark was in the savepoint; the one after it still wakes."""
    with transaction.atomic():
        with transaction.atomic():
            Tag.objects.create(slug="lost")
            transaction.set_rollback(True)
        Tag.objects.create(slug="later")
    assert woken == [1]


def test_one_wake_up_a_transaction(woken: list[int]) -> None:
    """Many statements, of one or of many rows, wake once, after the commit."""
    with transaction.atomic():
        tags = [Tag.objects.create(slug=f"t{number}") for number in range(10)]
        with transaction.atomic():
            Tag.objects.update(label="x")
        tags[0].delete()
        assert woken == []
    assert woken == [21]


@pytest.mark.hooks_only
def test_autocommit_writes_wake(woken: list[int]) -> None:
    """Every kind of statement does, also those that are one statement with their marks."""
    tag = Tag.objects.create(slug="a")
    Tag.objects.update(label="x")
    models.Model.save_base(tag, raw=True)
    tag.delete()
    assert woken == [1, 2, 3, 4]
    Tag.objects.update(label="x")
    assert woken == [1, 2, 3, 4]


def test_a_failing_receiver_breaks_nothing(caplog: pytest.LogCaptureFixture) -> None:
    """Waking is a courtesy: the user's write has succeeded."""

    def receive(**_: object) -> None:
        raise LookupError("nobody is awake")

    signals.marks_committed.connect(receive)
    tag = Tag.objects.create(slug="a")
    with transaction.atomic():
        tag.save()
    signals.marks_committed.disconnect(receive)
    assert take() == changed(tag)
    assert "nobody is awake" in caplog.text


def test_a_transaction_by_hand_is_captured() -> None:
    """set_autocommit(False) knows no commit hook; the marks are there all the same."""
    transaction.set_autocommit(False)
    try:
        tag = Tag.objects.create(slug="a")
        Tag.objects.update(label="x")
        transaction.commit()
        Tag.objects.create(slug="b")
        transaction.rollback()
    finally:
        transaction.set_autocommit(True)
    assert take() == changed(tag)


@pytest.mark.postgres_only
def test_r02_a_save_is_one_statement_on_postgresql() -> None:
    """Write and mark are one round trip, so they need no transaction."""
    tag = Tag.objects.create(slug="a")
    with CaptureQueriesContext(connection) as queries:
        Tag.objects.create(slug="b")
        tag.save()
        Tag.objects.filter(slug="a").update(label="x")
    assert len(queries) == 3


def test_tables_without_a_feed_are_left_alone(django_user_model: type[models.Model]) -> None:
    """No statement more and no other statement."""
    with CaptureQueriesContext(connection) as queries:
        django_user_model._base_manager.create(username="u")
    assert len(queries) == 1
    assert "feedsync" not in queries[0]["sql"]
    assert Language.objects.count() == len(take()) == 0
