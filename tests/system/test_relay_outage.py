"""RELAY "thread" while Pub/Sub is away; always with our emulator, whose outages can be staged."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from emulator import Emulator
from tests.db.relay.relaying import marks
from tests.library.models import Country
from tests.system.cloud import keys, ours
from tests.system.processes import until


@pytest.fixture
def cloud() -> Iterator[Emulator]:
    with ours() as cloud:
        yield cloud


@pytest.mark.usefixtures("threaded")
@pytest.mark.django_db(transaction=True, databases=["default", "other"])
def test_writers_do_not_notice_an_outage(cloud: Emulator) -> None:
    """Saves go on while Pub/Sub is away; when it is back everything is published."""
    cloud.stop_serving()
    for number in range(20):
        Country.objects.create(code=str(number))
    assert marks() == 20
    cloud.serve()
    until(lambda: len(set(keys(cloud))) == 20)
