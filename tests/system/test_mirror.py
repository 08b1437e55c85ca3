"""A mirror of another process's environment over signed HTTP; the mirroring process is killed while it removes (P5)."""

from __future__ import annotations

import datetime as dt
import signal
from pathlib import Path

import pytest
from django.utils import timezone
from pytest_django import Settings

from consumers.models import DataPull, DataSource, Removal, SeenKey
from feedsync import capture_disabled
from feedsync.models import Mark
from tests.library.models import Category, Copy, Tag
from tests.system.cloud import Cloud
from tests.system.processes import environment, start, until
from tests.system.studio import SHOP, Studio

pytestmark = pytest.mark.django_db(transaction=True)
COPIES, STRAYS = 200, 6_000


def left() -> int:
    return Tag.objects.filter(slug__startswith="stray").count()


def test_killed_mirror_goes_on(tmp_path: Path, cloud: Cloud, settings: Settings) -> None:
    """What is left goes, each object is counted once, what the studio has stays, and nobody is told."""
    settings.FEEDSYNC = SHOP
    with capture_disabled():
        Tag.objects.bulk_create(Tag(slug=f"stray-{number}") for number in range(STRAYS))
        Category.objects.create(slug="stray")
    variables = environment(cloud, **SHOP)
    command = ["-m", "django", "feedsync_pull", "studio", "--mirror", "--yes"]
    with Studio(tmp_path, copies=COPIES) as studio:
        DataSource.objects.bulk_create([DataSource(env_name="studio", env_url=studio.url)])
        process = start(command, variables)
        until(lambda: left() < STRAYS)
        process.send_signal(signal.SIGKILL)
        process.communicate()
        assert DataPull.objects.get().status == DataPull.Status.RUNNING
        assert 0 < left() == Removal.objects.filter(feed="library.tag").count()
        DataPull.objects.update(heartbeat_at=timezone.now() - dt.timedelta(minutes=1))
        process = start(command, variables)
        said, _ = process.communicate(timeout=60)
    assert process.returncode == 0, said
    pull = DataPull.objects.get()
    assert (left(), pull.progress["deleted"], pull.progress["kept"]) == (0, STRAYS + 1, 0), pull.message
    assert (Copy.objects.count(), Category.objects.count()) == (COPIES, 2)
    assert not SeenKey.objects.exists()
    assert not Mark.objects.exists()
