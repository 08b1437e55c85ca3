"""Tell those who listen: Django's post_save with `raw=True` inside the transaction, `changes_applied` after the
commit."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from django.db import transaction
from django.db.models.signals import post_save

from consumers.apply.plan import Plan
from feedsync import snapshot
from feedsync.anyof import any_of
from feedsync.registry import Feed
from feedsync.signals import changes_applied
from feedsync.wire.page import Change


def saved(feed: Feed, using: str, plans: Sequence[Plan]) -> None:
    """post_save for each written object, only where someone listens: the instances cost a query."""
    written = {plan.pk: plan for plan in plans if plan.creates or plan.differs}
    if not written or not post_save.has_listeners(feed.model):
        return
    for instance in snapshot.rows(feed, using).filter(any_of(using, "pk", written)):
        created = written[instance.pk].creates
        post_save.send(sender=feed.model, instance=instance, created=created, raw=True, using=using, update_fields=None)


def applied(using: str, changes: Sequence[Change]) -> None:
    if changes and changes_applied.has_listeners(None):
        send = partial(changes_applied.send_robust, sender=Change, using=using, changes=tuple(changes))
        transaction.on_commit(send, using=using, robust=True)
