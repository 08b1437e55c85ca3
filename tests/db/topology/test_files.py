"""Files behind a forwarder: the third environment hears only the hub, and gets them from there (P7)."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.core.files.base import ContentFile
from pytest_django import Settings

from feedsync.testing import World
from tests.db.files import storages
from tests.db.topology.shapes import world
from tests.library.models import Attachment

pytestmark = pytest.mark.django_db(transaction=True, databases="__all__")


@pytest.fixture(params=[storages.Each, storages.EachRenaming], autouse=True)
def _storage(request: pytest.FixtureRequest, settings: Settings, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path
    storages.use(settings, request.param)


def write(there: World, name: str, content: bytes) -> None:
    with there.on(name) as alias:
        instance = Attachment.objects.using(alias).filter(code="a").first() or Attachment(code="a")
        instance.file.save("x.txt", ContentFile(content), save=False)
        instance.save(using=alias)


@pytest.mark.parametrize("shape", ["star", "ring"])
def test_p07_files_come_through_the_forwarder(shape: str, databases: None) -> None:
    """Each environment calls the file as its storage likes; it is passed on under the name that it came with."""
    there = world(shape, 3)
    for content in (b"first", b"second"):
        write(there, "b", content)
        there.settle()
        there.assert_converged()
    assert there.published("b") == 2
    assert there.published("a") == 2
    with there.on("c"), Attachment.objects.get().file.open() as file:
        assert file.read() == b"second"
