"""What feedsync deletes through Django makes no mark; what handlers do in consequence does (R20)."""

from __future__ import annotations

import pytest
from django.db.models.signals import post_delete

from feedsync import outbox
from feedsync.models import Mark
from tests.db.capture.marks import changed, deleted, take
from tests.library.models import Copy, Country, Language, Tag

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("capture")]


@pytest.fixture
def copy() -> Copy:
    language = Language.objects.create(country=Country.objects.create(code="GB"), code="en")
    made = Copy.objects.create(language=language, key="k")
    made.tags.set([Tag.objects.create(slug="a")])
    take()
    return made


def test_r20_a_suppressed_deletion_makes_no_mark(copy: Copy) -> None:
    """Neither the object nor its sets do; other objects of the feed do."""
    other = Copy.objects.create(language=copy.language, key="other")
    take()
    with outbox.suppressed("default", {"library.copy": {str(copy.pk)}}):
        copy.delete()
        other.save()
    assert take() == changed(other)


def test_r20_a_cascade_beyond_what_is_suppressed_is_marked(copy: Copy) -> None:
    """Only the given objects are feedsync's own doing."""
    pk = str(copy.pk)
    with outbox.suppressed("default", {"library.language": {str(copy.language_id)}}):
        copy.language.delete()
    assert deleted() == [("copy", pk, '["GB","en","k"]')]


def test_r20_what_a_handler_writes_is_a_local_change(copy: Copy) -> None:
    """Also where it brings the very object back."""
    pk = copy.pk
    language = copy.language

    def receive(**_: object) -> None:
        Copy(pk=pk, language=language, key="back").save(force_insert=True)
        Tag.objects.update(label="seen")

    post_delete.connect(receive, sender=Copy)
    with outbox.suppressed("default", {"library.copy": {str(pk)}}):
        copy.delete()
    post_delete.disconnect(receive, sender=Copy)
    assert take() == sorted([("copy", str(pk), None), *changed(Tag.objects.get())], key=str)


def test_suppression_is_of_one_database(copy: Copy) -> None:
    """The same primary key elsewhere is another object."""
    pk = str(copy.pk)
    with outbox.suppressed("other", {"library.copy": {pk}}):
        copy.delete()
    assert deleted() == [("copy", pk, '["GB","en","k"]')]


def test_marks_by_hand_are_like_captured_ones() -> None:
    """`outbox.mark` is set-wise and puts each object into its lane."""
    tag = Tag.objects.create(slug="a")
    outbox.mark("default", "library.tag", [(str(tag.pk), None), ("ü", '["gone"]')])
    captured, by_hand, gone = Mark.objects.order_by("id")
    assert captured.lane == by_hand.lane
    assert gone.lane == outbox.lane_of("ü")
    assert gone.key == '["gone"]'
    assert gone.at is not None
    outbox.mark("default", "library.tag", [])
    assert Mark.objects.count() == 3
