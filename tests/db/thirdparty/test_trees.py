"""Trees whose packages move whole branches at once, some by SQL of their own, arrive as they are."""

from __future__ import annotations

import random
from typing import Any

import pytest

from feedsync.testing import World
from tests.db.thirdparty.conftest import Register
from tests.thirdparty.models import Branch, Genre, Link, Nest

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "other"])

PLACES = ["first-child", "last-child", "left", "right"]


def shuffle(world: World, model: Any, *, move: Any, ancestors: Any) -> None:
    """Moves and renames by a seed, some arriving together, some one by one."""
    dice = random.Random(7)

    def step() -> None:
        names = dice.sample(sorted(model.objects.values_list("name", flat=True)), 2)
        node, target = (model.objects.get(name=name) for name in names)
        if node not in [target, *ancestors(target)]:
            move(node, target, dice.choice(PLACES))
        model.objects.filter(name=names[0]).update(name=f"{names[0]}'")

    for number in range(6):
        with world.on("studio"):
            for _ in range(1 + number % 3):
                step()
        world.settle()
        world.assert_converged()


def test_mptt(world: World, register: Register) -> None:
    """django-mptt writes `lft` and `rght` of all that stand behind, as text."""
    register(Genre, "name")
    with world.on("studio"):
        for number in range(9):
            parent = Genre.objects.filter(name=f"g{number // 2}").first() if number else None
            Genre.objects.create(name=f"g{number}", parent=parent)
    shuffle(world, Genre, move=Genre.objects.move_node, ancestors=Genre.get_ancestors)
    with world.on("studio"):
        Genre.objects.rebuild()
        Genre.objects.filter(level=1).last().delete()
    world.settle()
    world.assert_converged()
    with world.on("shop"):
        assert all(node.get_descendant_count() == len(node.get_descendants()) for node in Genre.objects.all())


@pytest.mark.parametrize("model", [Branch, Nest, Link])
def test_treebeard(world: World, register: Register, model: Any) -> None:
    """django-treebeard's materialised paths, which are unique and swapped, its nested sets and adjacency lists."""
    register(model, "name")
    order = {"sib_order": 0} if model is Link else {}
    with world.on("studio"):
        model.add_root(instance=model(name="n0", **order))
        for number in range(1, 9):
            parent = model.objects.get(name=f"n{number // 2}")
            parent.add_child(instance=model(name=f"n{number}", **order))
    shuffle(world, model, move=model.move, ancestors=model.get_ancestors)
    with world.on("studio"):
        model.objects.get(pk=model.objects.last().pk).delete()
    world.settle()
    world.assert_converged()


def test_a_tree_is_pulled(world: World, register: Register) -> None:
    """A full pull brings the same, in chunks that cut branches."""
    register(Branch, "name")
    with world.on("studio"):
        root = Branch.add_root(instance=Branch(name="root"))
        for number in range(7):
            Branch.objects.get(pk=root.pk).add_child(instance=Branch(name=f"leaf {number}"))
    world.pull("studio", "shop", chunk=3)
    world.settle()
    world.assert_converged()
    with world.on("shop"):
        assert not any(Branch.find_problems())
