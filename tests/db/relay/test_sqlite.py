"""R30: the relay lets others write while it talks to Pub/Sub; that matters most where there is one writer."""

from __future__ import annotations

from collections.abc import Sequence
from threading import Thread

import pytest
from django.db import connection

from feedsync.relay.batch import Batch
from feedsync.relay.worker import Worker
from feedsync.wire.page import Page
from tests.db.relay.relaying import Relay, marks
from tests.library.models import Country

pytestmark = pytest.mark.django_db(transaction=True)


class Slow:
    """A publisher during whose publication somebody else writes."""

    def __init__(self) -> None:
        self.in_transaction = True

    def publish(self, pages: Sequence[Page]) -> None:
        self.in_transaction = connection.in_atomic_block
        writer = Thread(target=self._write)
        writer.start()
        writer.join(10)

    def _write(self) -> None:
        Country.objects.create(code="FR")
        connection.close()


def test_r30_no_transaction_is_held_while_publishing(relay: Relay) -> None:
    """Another connection commits a change before the publication is confirmed."""
    Country.objects.create(code="GB")
    slow = Slow()
    Batch(Worker(using="default"), slow).run()
    assert not slow.in_transaction
    assert Country.objects.filter(code="FR").exists()
    assert marks() == 1
