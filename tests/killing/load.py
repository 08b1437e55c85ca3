"""People who edit in the studio all the time, whatever dies around them: a thread of this process, which is it."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable
from typing import Any

from django.db import Error as DatabaseTrouble
from django.db import connection

PAUSE_SECONDS = 0.02
OUTAGE_SECONDS = 0.2


class Load:
    """Edits while the `with` lasts. `edits`: how many were committed."""

    def __init__(self, seed: int) -> None:
        self.edits = 0
        self._dice = random.Random(seed)
        self._number = 0
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._run, name="load")

    def __enter__(self) -> Load:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ending.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._ending.is_set():
            try:
                self._dice.choice(EDITS)(self)
                self.edits += 1
                time.sleep(PAUSE_SECONDS)
            except DatabaseTrouble:  # the server was killed, or a slug is taken: somebody at a form would try again
                connection.close()
                time.sleep(OUTAGE_SECONDS if connection.vendor == "postgresql" else PAUSE_SECONDS)
        connection.close()

    def create(self) -> None:
        from tests.demo.atlas.models import Tag

        self._number += 1
        Tag.objects.create(slug=f"new-{self._number}-{self._dice.getrandbits(30):x}", label="new")

    def edit(self) -> None:
        name = self._any("TerritoryName")
        name.name = f"{name.name[:40]} {self._dice.randrange(1000)}"
        name.save()

    def rename(self) -> None:
        tag = self._any("Tag")
        tag.slug = f"named-{self._dice.getrandbits(30):x}"
        tag.save()

    def link(self) -> None:
        self._any("City").tags.set([self._any("Tag"), self._any("Tag")])

    def delete(self) -> None:
        from tests.demo.atlas.models import AlternateName

        AlternateName.objects.filter(pk=AlternateName.objects.order_by("pk").values("pk")[:1]).delete()

    def set_wise(self) -> None:
        from tests.demo.atlas.models import City

        City.objects.filter(population__gt=self._dice.randrange(10_000_000)).update(
            population=self._dice.randrange(10_000_000)
        )

    def _any(self, model: str) -> Any:
        from django.apps import apps

        rows = apps.get_model("atlas", model).objects.order_by("pk")
        return rows[self._dice.randrange(max(1, min(500, rows.count())))]


EDITS: tuple[Callable[[Load], None], ...] = (
    *([Load.edit] * 6),
    *([Load.create] * 2),
    Load.rename,
    Load.link,
    Load.delete,
    Load.set_wise,
)
