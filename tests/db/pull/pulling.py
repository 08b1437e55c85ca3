"""Pulls under control: no waiting, subscriptions in memory, time that a test sets."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, field

from consumers.http.credentials import credentials_for
from consumers.http.session import Source
from consumers.models import DataPull, DataSource
from consumers.pull.run import Tools, run
from consumers.pull.subscriptions import MemorySubscriptions


@dataclass
class World:
    """What pulls of a test need; `slept` is what they would have waited."""

    subscriptions: MemorySubscriptions = field(default_factory=MemorySubscriptions)
    read_seconds: float = 5.0
    slept: list[float] = field(default_factory=list)
    now: Callable[[], dt.datetime] = lambda: dt.datetime.now(tz=dt.UTC)

    def tools(self) -> Tools:
        return Tools(
            open_source=self.open_source, subscriptions=self.subscriptions, sleep=self.slept.append, now=self.now
        )

    def open_source(self, name: str, url: str) -> Source:
        auth = credentials_for(name, url)
        return Source(url, auth=auth, allow_private=True, read_seconds=self.read_seconds, sleep=self.slept.append)


def waiting(url: str, *, name: str = "studio", mode: str = DataPull.Mode.REPAIR) -> DataPull:
    """A pull that nobody has started."""
    source = DataSource.objects.filter(env_name=name).first()
    if source is None:
        source = DataSource(env_name=name, env_url=url)
        DataSource.objects.bulk_create([source])  # which sends no signal
    pull = DataPull(data_source=source, mode=mode)
    DataPull.objects.bulk_create([pull])
    return pull


def again(pull: DataPull, world: World | None = None) -> DataPull:
    """The pull, run to its end from where it is."""
    run(pull.pk, tools=(world or World()).tools())
    pull.refresh_from_db()
    return pull


def pulled(url: str, world: World | None = None, *, mode: str = DataPull.Mode.REPAIR) -> DataPull:
    """A new pull, run to its end."""
    return again(waiting(url, mode=mode), world)


def resumed(pull: DataPull, world: World | None = None) -> DataPull:
    DataPull.objects.filter(pk=pull.pk).update(status=DataPull.Status.WAITING)
    return again(pull, world)
