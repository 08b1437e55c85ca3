"""What drawn graphs found where messages come one by one, in any order."""

from __future__ import annotations

import pytest
from django.contrib.contenttypes.models import ContentType

from tests.db.graphs.stories import (
    CHILD,
    CODED,
    GENERIC,
    PARENT,
    Story,
    agree,
    hear,
    model,
    of,
    one_by_one,
    swap,
    told,
)

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "other"])


def test_a_deletion_reaches_a_child_whose_parents_part_is_late(story: Story) -> None:
    """The part is not a row that only this environment has: the deletion waits for the child's, and is not dead."""
    parent = model("P", f'{CODED}; to = models.ForeignKey("M", models.CASCADE)', '"code"')
    world, m = story(
        model("M", CODED, '"code"') + parent + model("Q", "extra = models.TextField()", '"code"', base="P")
    )
    with world.on("studio"):
        one = m.M.objects.create(code="m")
    told(world)
    with world.on("studio"):
        m.Q.objects.create(code="a", to=one)
    world.drain("studio")
    with world.on("studio"):
        one.delete()
    world.drain("studio")
    hear(world, lambda change: change.feed == "library.q" and not change.deleted)
    hear(world, of("m"))
    agree(world)


def test_objects_that_are_one_take_the_rows_of_an_explicit_set_along(story: Story) -> None:
    """They are a feed of their own, and no change of the set's owner brings them."""
    linked = 'linked = models.ManyToManyField("M", through="T", through_fields=("left", "right"), related_name="+")'
    sides = "; ".join(
        f'{side} = models.ForeignKey("M", models.CASCADE, related_name="+")' for side in ("left", "right")
    )
    world, m = story(
        model("M", f"{CODED}; {linked}; n = models.IntegerField(null=True)", '"code"')
        + model("T", sides, '"left", "right"')
    )
    with world.on("studio"):
        first, _ = (m.M.objects.create(code=code) for code in "ad")
        m.T.objects.create(left=first, right=first)
    world.drain("studio")
    with world.on("studio"):
        m.M.objects.filter(code="d").update(code="b")
        m.M.objects.filter(code="a").update(code="d")
    world.drain("studio")
    with world.on("studio"):
        m.M.objects.filter(code="b").update(n=1)
    world.drain("studio")
    hear(world, lambda change: change.key == '["b"]' and change.fields == {"code": "b", "n": 1})
    hear(world, lambda change: change.key in ('["a"]', '["d"]') and not change.former)
    hear(world, lambda change: change.key == '["d","d"]')
    agree(world)


def test_who_refers_to_a_row_that_leads_nowhere_and_goes(story: Story) -> None:
    """It came after the deletion was made, and means who has the key from then on."""
    world, m = story(PARENT + model("G", GENERIC, '"code"'))
    with world.on("studio"):
        kinds = {name: ContentType.objects.get(app_label="library", model=name) for name in "pg"}
        one = m.P.objects.create(code="a")
        middle = m.G.objects.create(code="m", kind=kinds["p"], object_id=one.pk)
    told(world)
    with world.on("studio"):
        one.delete()
    world.drain("studio")
    world.drain("studio")
    with world.on("studio"):
        m.G.objects.update(kind=None, object_id=None)
    world.drain("studio")
    with world.on("studio"):
        m.G.objects.create(code="g", kind=kinds["g"], object_id=middle.pk)
    world.drain("studio")
    hear(world, of("p"))
    hear(world, lambda change: change.key == '["g"]')
    hear(world, lambda change: change.deleted)
    agree(world)


def test_who_was_put_aside_finds_its_row_carried_once_more(story: Story) -> None:
    """What waits is what was told, and not how the row reads that its object found."""
    part = model("C", 'owner = models.ForeignKey("P", models.CASCADE); n = models.IntegerField()', '"owner", "n"')
    world, m = story(
        PARENT + part + model("R", f'{CODED}; to = models.ForeignKey("C", models.SET_NULL, null=True)', '"code"')
    )
    with world.on("studio"):
        m.C.objects.create(owner=m.P.objects.create(code="a"), n=1)
    told(world)
    for code in "bc":
        with world.on("studio"):
            m.P.objects.update(code=code)
        world.drain("studio")
    with world.on("studio"):
        m.R.objects.create(code="r", to=m.C.objects.create(owner=m.P.objects.create(code="a"), n=1))
    world.drain("studio")
    hear(world, of("r"))
    hear(world, lambda change: change.key == '["b"]')
    hear(world, lambda change: change.key == '["c"]')
    agree(world)


@pytest.mark.parametrize("dice", range(8))
def test_parts_whose_owners_and_codes_are_swapped(story: Story, dice: int) -> None:
    """A part refers to another, told with the keys of after both; the owners' swap carries both meanwhile."""
    part = 'owner = models.ForeignKey("P", models.CASCADE); code = models.CharField(max_length=20)'
    peer = 'to = models.ForeignKey("C", models.SET_NULL, null=True)'
    world, m = story(PARENT + model("C", f"{part}; {peer}", '"owner", "code"'))
    with world.on("studio"):
        owners = [m.P.objects.create(code=code) for code in "xy"]
        one, other = (m.C.objects.create(owner=owner, code=code) for owner, code in zip(owners, "ab", strict=True))
        third = m.C.objects.create(owner=owners[0], code="c", to=one)
    told(world)
    with world.on("studio"):
        swap(m.P.objects, "x", "y")
    world.drain("studio")
    with world.on("studio"):
        m.C.objects.filter(pk=third.pk).update(to=other)
    world.drain("studio")
    with world.on("studio"):
        swap(m.C.objects, "a", "b")
    world.drain("studio")
    one_by_one(world, dice)
    agree(world)


def test_a_rename_that_waits_is_followed_by_a_change_that_does_not_tell_it(story: Story) -> None:
    """Another object has the key that it left, so that the later one doesn't say: both keep their rows."""
    world, m = story(model("P", f"{CODED}; n = models.IntegerField(null=True, unique=True)", '"code"'))
    with world.on("studio"):
        for number, code in enumerate("ab"):
            m.P.objects.create(code=code, n=number)
    told(world)
    with world.on("shop"):
        rows = dict(m.P.objects.values_list("code", "pk"))
    with world.on("studio"):
        swap(m.P.objects, "a", "b")
    world.drain("studio")
    with world.on("studio"):
        m.P.objects.filter(code="b").update(n=7)
    world.drain("studio")
    hear(world, lambda change: change.key == '["b"]' and bool(change.former))
    hear(world, lambda change: change.key == '["b"]')
    agree(world)
    with world.on("shop"):
        assert dict(m.P.objects.values_list("code", "pk")) == {"a": rows["b"], "b": rows["a"]}


def test_a_deletion_of_a_renamed_object_waits(story: Story) -> None:
    """It waits for what is protected, and so does the end of the key that its object had here."""
    target = model("T", f'{CODED}; to = models.ForeignKey("P", models.PROTECT)', '"code"')
    world, m = story(PARENT + target)
    with world.on("studio"):
        m.T.objects.create(code="t", to=m.P.objects.create(code="a"))
    told(world)
    with world.on("studio"):
        m.P.objects.update(code="b")
    world.drain("studio")
    with world.on("studio"):
        m.T.objects.all().delete()
        m.P.objects.all().delete()
    world.drain("studio")
    hear(world, of("p"))
    agree(world)


@pytest.mark.parametrize("first", ["p", "q"])
def test_a_child_with_a_unique_value_whose_key_another_parent_took(story: Story, first: str) -> None:
    """Its part goes over to its parent's new row, and takes the value along, whichever of the two is told first."""
    child = model("Q", "slot = models.IntegerField(unique=True)", '"code"', base="P")
    world, m = story(PARENT + child)
    with world.on("studio"):
        m.Q.objects.create(code="b", slot=1)
    told(world)
    with world.on("studio"):
        m.Q.objects.update(code="c")
    world.drain("studio")
    with world.on("studio"):
        m.P.objects.create(code="b")
    world.drain("studio")
    hear(world, lambda change: change.key == '["b"]')
    hear(world, of(first))
    agree(world)


@pytest.mark.parametrize("protected", [False, True])
def test_another_parent_is_told_before_the_child_that_left_its_key(story: Story, protected: bool) -> None:
    """The row is the other one's by then: the child gets one of its own, and nothing of either is lost."""
    child = model("Q", 'to = models.ForeignKey("Q", models.PROTECT, null=True)', '"code"', base="P")
    world, m = story(model("P", f"{CODED}; n = models.IntegerField(null=True)", '"code"') + child)
    with world.on("studio"):
        one = m.Q.objects.create(code="b", n=1)
        m.Q.objects.update(to=one if protected else None)
    told(world)
    with world.on("studio"):
        m.Q.objects.update(code="c")
    world.drain("studio")
    with world.on("studio"):
        m.P.objects.create(code="b", n=2)
    world.drain("studio")
    hear(world, lambda change: change.key == '["b"]')
    hear(world, of("q"))
    agree(world)


def test_rows_that_go_together_protect_each_other(story: Story) -> None:
    """At the source one let go of the other first; a cascade leads back from that."""
    owner = model("O", f'{CODED}; to = models.ForeignKey("T", models.PROTECT, null=True)', '"code"')
    part = model("T", f'{CODED}; owner = models.ForeignKey("O", models.CASCADE)', '"code"')
    world, m = story(owner + part)
    with world.on("studio"):
        one = m.O.objects.create(code="o")
        m.O.objects.update(to=m.T.objects.create(code="t", owner=one))
    told(world)
    with world.on("studio"):
        m.O.objects.update(to=None)
        one.delete()
    agree(world)


@pytest.mark.parametrize(
    "unique", ["models.IntegerField(null=True, unique=True)", "models.CharField(max_length=9, unique=True)"]
)
def test_a_unique_value_of_a_row_that_goes_when_its_referrers_have_moved(story: Story, unique: str) -> None:
    """The new row needs the value, the referrer the new row, and the end of the old one that the referrer has moved."""
    target = model("T", f"{CODED}; slot = {unique}", '"code"')
    world, m = story(target + model("R", f'{CODED}; to = models.ForeignKey("T", models.PROTECT)', '"code"'))
    with world.on("studio"):
        m.R.objects.create(code="r", to=m.T.objects.create(code="old", slot="1"))
    told(world)
    with world.on("studio"):
        m.T.objects.update(slot="2")
        m.R.objects.update(to=m.T.objects.create(code="new", slot="1"))
        m.T.objects.get(code="old").delete()
    agree(world)


@pytest.mark.parametrize("anew", [False, True])
def test_a_primary_key_moves_with_a_reference_that_is_part_of_it(story: Story, anew: bool) -> None:
    """Where owners swap, which are children: what is said in the same batch of the row finds it where it is now."""
    columns = 'owner = models.ForeignKey("Q", models.CASCADE); n = models.IntegerField()'
    body = f'pk = models.CompositePrimaryKey("owner", "n"); {columns}'
    world, m = story(PARENT + CHILD + model("Z", body, '"owner", "n"'))
    with world.on("studio"):
        one, _ = (m.Q.objects.create(code=code) for code in "ab")
        m.Z.objects.create(owner=one, n=1)
    told(world)
    with world.on("studio"):
        swap(m.P.objects, "a", "b")
        if anew:
            m.Z.objects.all().delete()
            m.Z.objects.create(owner=one, n=1)
    world.drain("studio")
    hear(world, of("p", "z"))
    agree(world)
