"""Short stories of drawn models: their source, and what is done with two environments that have them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db import transaction

from consumers.apply import apply
from feedsync.testing import World
from feedsync.testing.hosts import changes_of
from feedsync.wire.page import Change

Story = Callable[[str], tuple[World, Any]]
META = '    class Meta:\n        app_label = "library"\n'
CODED = "code = models.CharField(max_length=20, unique=True)"
TO_PARENT = 'to = models.ForeignKey("P", models.CASCADE, null=True, related_name="+")'
GENERIC = (
    f"{CODED}; kind = models.ForeignKey(ContentType, models.CASCADE, null=True); "
    'object_id = models.IntegerField(null=True); subject = GenericForeignKey("kind", "object_id")'
)


def model(name: str, body: str, key: str, base: str = "models.Model", meta: str = "") -> str:
    lines = "".join(f"    {line}\n" for line in body.split("; "))
    return f"class {name}({base}):\n{lines}{META}{meta}\nregister_model(natural_key=[{key}])({name})\n\n"


PARENT = model("P", CODED, '"code"')
CHILD = model("Q", "extra = models.CharField(max_length=20, blank=True)", '"code"', base="P")


def swap(rows: Any, one: str, other: str) -> None:
    with transaction.atomic():
        for old, new in ((one, "moving"), (other, one), ("moving", other)):
            rows.filter(code=old).update(code=new)


def agree(world: World) -> None:
    world.settle()
    world.assert_converged()


def told(world: World) -> None:
    world.drain("studio")
    world.deliver("shop")


def hear(world: World, wanted: Callable[[Change], bool]) -> None:
    """The shop applies what is wanted of what waits there; messages of which it leaves something come again."""
    host = world._hosts["shop"]
    with host.environment.entered() as alias:
        told = {delivery.ack_id: changes_of(delivery) for delivery in host.messages()}
        changes = [change for page in told.values() for change in page if wanted(change)]
        assert changes
        apply(changes, using=alias, now=host.environment.now)
    host.subscriptions["studio"].ack([int(number) for number, page in told.items() if all(map(wanted, page))])


def of(*names: str) -> Callable[[Change], bool]:
    """What is said of these models."""
    return lambda change: change.feed in {f"library.{name}" for name in names}


def one_by_one(world: World, dice: int) -> None:
    """What waits at the shop, a message at a time, in an order that the dice choose."""
    world.random.seed(dice)
    while world.waiting("shop"):
        world.deliver("shop", 1)
