"""What drawn graphs found in objects that lie in several tables, made short."""

from __future__ import annotations

import pytest
from django.contrib.contenttypes.models import ContentType
from django.db import transaction

from feedsync.models import Mark
from feedsync.testing import Step, crash_at
from tests.db.graphs.stories import CHILD, CODED, GENERIC, PARENT, Story, agree, hear, model, of, one_by_one, swap, told

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "other"])

ANY_ORDER = pytest.mark.parametrize("dice", range(4))
OTHER_CHILD = model("R", "extra = models.CharField(max_length=20, blank=True)", '"code"', base="P")
NUMBERED = model("P", f"{CODED}; number = models.IntegerField(null=True)", '"code"')


def test_an_object_of_two_tables_comes_under_a_new_key(story: Story) -> None:
    """Its parent's row came under the old one: it is part of it, and is renamed with it."""
    world, m = story(PARENT + CHILD)
    with world.on("studio"):
        m.Q.objects.create(code="a")
        world.relay("studio")
    pull = world.begin_pull("studio", "shop", chunk=1)
    pull.step()  # the parent
    with world.on("shop"):
        parent = m.P.objects.get()
    with world.on("studio"):
        m.P.objects.update(code="b")
    world.relay("studio")
    pull.run()
    with world.on("shop"):
        assert list(m.Q.objects.values_list("pk", "code")) == [(parent.pk, "b")]
    agree(world)


@ANY_ORDER
def test_rows_refer_to_an_object_of_two_tables_whose_parents_turn_out_to_be_one(story: Story, dice: int) -> None:
    """The child's part goes over to the row that its parent has, and whoever refers to it follows."""
    body = f'{CODED}; place = models.ForeignKey("Q", models.CASCADE)'
    world, m = story(PARENT + CHILD + model("R", body, '"code"') + model("G", GENERIC, '"code"'))
    with world.on("studio"):
        kind = ContentType.objects.get(app_label="library", model="q")
        child = m.Q.objects.create(code="a")
    world.drain("studio")
    with world.on("studio"):
        m.R.objects.create(code="r", place=child)
        m.G.objects.create(code="g", kind=kind, object_id=child.pk)
    world.drain("studio")
    with world.on("studio"):
        m.P.objects.update(code="b")
    world.drain("studio")
    one_by_one(world, dice)
    agree(world)


def test_old_news_of_a_child_finds_younger_news_of_its_parent(story: Story) -> None:
    """What both tell is as the younger has it: here the parent's key is another object's by now."""
    world, m = story(NUMBERED + CHILD)
    with world.on("studio"):
        m.Q.objects.create(code="a", number=1)
    world.pull("studio", "shop")
    world.drain("studio")
    with world.on("studio"):
        m.P.objects.create(code="b", number=2)
        swap(m.P.objects, "a", "b")
    world.drain("studio")
    hear(world, lambda change: change.feed == "library.p" or change.key == '["a"]')
    with world.on("shop"):
        assert m.P.objects.get(code="a").number == 2
    agree(world)


def test_both_parts_came_under_a_new_key_and_the_child_has_a_former_one(story: Story) -> None:
    """The row whose parent has that key is the object; the parent of the other lives on as another."""
    world, m = story(PARENT + CHILD)
    with world.on("studio"):
        m.Q.objects.create(code="a")
    world.relay("studio", at=crash_at(Step.PUBLISHED))
    world.deliver("shop")
    with world.on("studio"):
        m.P.objects.create(code="b")
        swap(m.P.objects, "a", "b")
    world.pull("studio", "shop")
    agree(world)


def test_parts_go_over_to_parents_that_came_in_the_same_batch(story: Story) -> None:
    """Nothing was heard of the parents before: they are who this batch says, and none of them goes."""
    world, m = story(PARENT + CHILD + OTHER_CHILD)
    with world.on("studio"):
        m.Q.objects.create(code="a")
        m.R.objects.create(code="b")
    world.drain("studio")
    hear(world, of("q", "r"))
    with world.on("studio"):
        swap(m.P.objects, "a", "b")
    agree(world)


@pytest.mark.not_on_mariadb("constraints that are deferred")
def test_a_parent_in_a_ring_of_references_that_may_not_be_null(story: Story) -> None:
    """While one of them is still to be set, the child's row can't be read, and is there."""
    parent = model("P", f'{CODED}; to = models.ForeignKey("N", models.CASCADE, related_name="+")', '"code"')
    ring = model("N", 'place = models.ForeignKey("Q", models.CASCADE, related_name="+")', '"place"')
    world, m = story(parent + CHILD + ring)
    with world.on("studio"), transaction.atomic():
        child = m.Q.objects.create(code="b", to_id=7)
        m.P.objects.create(code="a", to=m.N.objects.create(pk=7, place=child))
    world.drain("studio")
    hear(world, of("q", "n"))
    with world.on("studio"):
        swap(m.P.objects, "a", "b")
    agree(world)


def test_a_parent_protects_its_own_part(story: Story) -> None:
    """It let go of itself first, which nobody has heard of."""
    parent = model("P", f'{CODED}; to = models.ForeignKey("Q", models.PROTECT, null=True)', '"code"')
    world, m = story(parent + CHILD)
    with world.on("studio"):
        child = m.Q.objects.create(code="a")
        m.P.objects.update(to=child)
    told(world)
    with world.on("studio"):
        m.P.objects.update(to=None)
        child.delete()
    agree(world)


def test_a_parent_goes_before_its_child_has_come(story: Story) -> None:
    """The child's old news makes both parts, and the news of its end ends both."""
    world, m = story(PARENT + CHILD)
    with world.on("studio"):
        child = m.Q.objects.create(code="a")
    world.drain("studio")
    with world.on("studio"):
        child.delete()
    world.drain("studio")
    hear(world, of("p"))
    hear(world, lambda change: change.feed == "library.q" and not change.deleted)
    agree(world)


def test_a_childs_part_is_the_row_that_its_parent_has(story: Story) -> None:
    """The parent waited for the child and is renamed with it; another child has the old key by now."""
    parent = model("P", f'{CODED}; to = models.ForeignKey("Q", models.CASCADE, null=True)', '"code"')
    world, m = story(parent + CHILD)
    with world.on("studio"):
        child = m.Q.objects.create(code="a")
    told(world)
    with world.on("studio"):
        m.P.objects.update(code="b", to=child)
    world.relay("studio")
    pull = world.begin_pull("studio", "shop", chunk=2)
    pull.step()
    with world.on("studio"):
        m.Q.objects.create(code="a")
    pull.run()
    agree(world)


def test_keys_that_run_through_a_parent_move_with_it(story: Story) -> None:
    """What refers to a child was equal before its parent was renamed in the same batch, and isn't afterwards."""
    parent = model("P", f'{CODED}; to = models.ForeignKey("Q", models.SET_NULL, null=True)', '"code"')
    world, m = story(parent + CHILD)
    with world.on("studio"):
        children = [m.Q.objects.create(code=code) for code in "ab"]
        m.P.objects.create(code="d", to=children[0])
    told(world)
    with world.on("studio"):
        swap(m.P.objects, "a", "b")
    world.drain("studio")
    hear(world, lambda change: change.key == '["d"]')
    agree(world)


def test_a_member_of_a_set_that_is_inherited_goes(story: Story) -> None:
    """The set is the parent's and the child's: neither is marked here by what is only applied."""
    member = model("M", CODED, '"code"')
    parent = model("P", f'{CODED}; members = models.ManyToManyField("M")', '"code"')
    world, m = story(member + parent + CHILD)
    with world.on("studio"):
        m.P.objects.create(code="a").members.add(m.M.objects.create(code="m"))
    told(world)
    with world.on("studio"):
        m.M.objects.all().delete()
    world.drain("studio")
    hear(world, of("m"))
    with world.on("shop") as alias:
        assert not m.M.objects.exists()
        assert not Mark.objects.using(alias).exists()
    agree(world)


def test_a_child_tells_that_its_parents_part_left_a_key(story: Story) -> None:
    """Another parent has it by now, and doesn't take the row before the first one's own news."""
    world, m = story(PARENT + CHILD)
    with world.on("studio"):
        m.Q.objects.create(code="a")
    told(world)
    with world.on("shop"):
        row = m.Q.objects.get().pk
    with world.on("studio"):
        m.P.objects.update(code="b")
        m.P.objects.create(code="a")
    world.drain("studio")
    hear(world, of("q"))
    hear(world, lambda change: change.key == '["a"]')
    with world.on("shop"):
        assert m.Q.objects.get().code == "b"
    agree(world)
    with world.on("shop"):
        assert m.Q.objects.get().pk == row


def test_a_child_goes_while_its_protected_parent_stays(story: Story) -> None:
    """Only its own part of the object ended at the source."""
    referrer = model("R", f'{CODED}; to = models.ForeignKey("P", models.PROTECT)', '"code"')
    world, m = story(PARENT + CHILD + referrer)
    with world.on("studio"):
        child = m.Q.objects.create(code="a")
        m.R.objects.create(code="r", to=child.p_ptr)
    told(world)
    with world.on("studio"):
        child.delete(keep_parents=True)
    agree(world)


def test_another_parent_refers_to_the_child_whose_key_it_takes(story: Story) -> None:
    """They come together, and it doesn't take the row that the child is about to rename."""
    parent = model("P", f'{CODED}; to = models.ForeignKey("Q", models.SET_NULL, null=True)', '"code"')
    world, m = story(parent + CHILD)
    with world.on("studio"):
        child = m.Q.objects.create(code="a")
    told(world)
    with world.on("shop"):
        row = m.Q.objects.get().pk
    with world.on("studio"):
        m.P.objects.update(code="b")
        m.P.objects.create(code="a", to=child)
    world.drain("studio")
    hear(world, lambda change: change.feed == "library.p" and change.key == '["a"]')
    hear(world, of("q"))
    agree(world)
    with world.on("shop"):
        assert m.Q.objects.get().pk == row


def test_who_refers_to_a_parent_whose_child_tells_the_rename_meant_the_key(story: Story) -> None:
    """It came first and is as young: it means who has the key now, not the row that leaves it by the child's news."""
    parent = model("P", f'{CODED}; to = models.ForeignKey("self", models.SET_NULL, null=True)', '"code"')
    world, m = story(parent + CHILD)
    with world.on("studio"):
        m.Q.objects.create(code="a")
    told(world)
    with world.on("studio"):
        m.P.objects.update(code="b")
    world.drain("studio")
    with world.on("studio"):
        m.P.objects.create(code="c", to=m.P.objects.create(code="a"))
    world.drain("studio")
    hear(world, lambda change: change.key == '["c"]')
    hear(world, of("q"))
    agree(world)


def test_a_reference_that_is_inherited_is_set_to_null(story: Story) -> None:
    """By a deletion that is only applied: neither parent nor child is marked here."""
    target = model("M", CODED, '"code"')
    parent = model("P", f'{CODED}; to = models.ForeignKey("M", models.SET_NULL, null=True)', '"code"')
    world, m = story(target + parent + CHILD)
    with world.on("studio"):
        m.Q.objects.create(code="a", to=m.M.objects.create(code="m"))
    told(world)
    with world.on("studio"):
        m.M.objects.all().delete()
    world.drain("studio")
    hear(world, of("m"))
    with world.on("shop") as alias:
        assert m.P.objects.get().to is None
        assert not Mark.objects.using(alias).exists()
    agree(world)
