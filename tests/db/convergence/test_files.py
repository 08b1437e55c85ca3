"""Files in any history: whatever is written, lost, reordered or cut, every row ends with the file of its object."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from pytest_django import Settings

from consumers.models import ParkedChange
from feedsync.models import Mark
from feedsync.testing import Faults, Step, World, crash_at
from feedsync.testing.emptying import empty
from tests.db.convergence.histories import DATABASES
from tests.db.files import storages
from tests.library.models import Attachment

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "other"])

CODES = "abc"
STEPS = 60
FAULTS = Faults(lost=0.05, unconfirmed=0.05, duplicated=0.2)
Act = Callable[[World, random.Random], object]


@pytest.fixture(params=[storages.Each, storages.EachRenaming])
def storage(request: pytest.FixtureRequest, settings: Settings, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path
    storages.use(settings, request.param)


def write(world: World, dice: random.Random, name: str = "studio") -> None:
    """A new file, a replaced one, or one that is written over in its place."""
    content, code = b"content %d" % dice.randrange(4), dice.choice(CODES)
    with world.on(name) as alias:
        instance = Attachment.objects.using(alias).filter(code=code).first() or Attachment(code=code)
        if instance.file and dice.random() < 0.3:
            Path(instance.file.path).write_bytes(content * 2)
        else:
            instance.file.save(f"{dice.choice('xy')}.txt", ContentFile(content), save=False)
        instance.save(using=alias)


def clear(world: World, dice: random.Random) -> None:
    with world.on("studio") as alias:
        Attachment.objects.using(alias).filter(code=dice.choice(CODES)).update(file="")


def delete(world: World, dice: random.Random) -> None:
    with world.on("studio") as alias:
        Attachment.objects.using(alias).filter(code=dice.choice(CODES)).delete()


def relay(world: World, dice: random.Random) -> None:
    world.relay("studio")


def crash(world: World, dice: random.Random) -> None:
    world.relay("studio", at=crash_at(dice.choice(list(Step))))


def deliver(world: World, dice: random.Random) -> None:
    world.deliver("shop", dice.randrange(4), dying=dice.random() < 0.2)


def fetch(world: World, dice: random.Random) -> None:
    world.fetch("shop")


def pull(world: World, dice: random.Random) -> None:
    world.begin_pull("studio", "shop").step(dying=dice.random() < 0.2)


ACTS: list[tuple[Act, int]] = [
    (write, 10),
    (clear, 2),
    (delete, 2),
    (relay, 5),
    (crash, 1),
    (deliver, 5),
    (fetch, 4),
    (pull, 1),
]


def shown() -> list[str]:
    """Files that rows of the shop show, though they aren't there."""
    names = Attachment.objects.using("other").exclude(file="").values_list("file", flat=True)
    return [name for name in names if not default_storage.exists(name)]


@pytest.mark.parametrize("seed", range(5))
def test_files_arrive_whatever_happens(seed: int, databases: None, storage: None) -> None:
    """The shop has what the studio has, and at no moment does a row of it show a file that isn't there."""
    dice = random.Random(seed)
    world = World(DATABASES, seed=seed, flows=[("studio", "shop")], faults=FAULTS)
    for _ in range(STEPS):
        [act] = dice.choices([act for act, _ in ACTS], [weight for _, weight in ACTS])
        act(world, dice)
        with world.on("shop"):
            assert shown() == []
    world.settle()
    world.assert_converged()


def test_both_sides_write_files_without_an_echo(databases: None, storage: None) -> None:
    """Each has the other's files, under names of its own; what was applied isn't published back, nor by a pull."""
    empty(DATABASES.values())
    world = World(DATABASES)
    for name, code in (("studio", "a"), ("shop", "b")):
        with world.on(name) as alias:
            instance = Attachment(code=code)
            instance.file.save("x.txt", ContentFile(code.encode()), save=False)
            instance.save(using=alias)
    world.settle()
    world.assert_converged()
    world.pull("shop", "studio")
    world.pull("studio", "shop")
    for alias in DATABASES.values():
        assert not Mark.objects.using(alias).exists()
        assert not ParkedChange.objects.using(alias).exists()
    world.assert_converged()
