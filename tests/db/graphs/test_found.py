"""What drawn graphs found, made short: each ended with two environments that differed, or with a change that waits."""

from __future__ import annotations

import pytest
from django.contrib.contenttypes.models import ContentType

from tests.db.graphs.stories import CODED, GENERIC, PARENT, TO_PARENT, Story, agree, model, swap, told

pytestmark = [
    pytest.mark.django_db(transaction=True, databases=["default", "other"]),
    pytest.mark.not_on_mariadb("constraints that are partial, deferred, or of an expression"),
]


def test_a_composite_key_with_a_uuid(story: Story) -> None:
    """Django reads a reference within a composite key as the database stores it."""
    body = (
        'pk = models.CompositePrimaryKey("u", "n"); u = models.ForeignKey("U", models.CASCADE); '
        "n = models.IntegerField()"
    )
    unique = model("U", "id = models.UUIDField(primary_key=True, default=uuid.uuid4)", '"id"')
    world, m = story(unique + model("C", body, '"u", "n"'))
    with world.on("studio"):
        m.C.objects.create(u=m.U.objects.create(), n=1)
    agree(world)


@pytest.mark.parametrize("targets", ["ab", "ba", "bb"])
def test_generic_relations_in_a_ring(story: Story, targets: str) -> None:
    """Rows that refer to each other, or to themselves, by generic relations."""
    world, m = story(model("G", GENERIC, '"code"'))
    with world.on("studio"):
        kind = ContentType.objects.get(app_label="library", model="g")
        rows = {code: m.G.objects.create(code=code) for code in "ab"}
        for row, target in zip(rows.values(), targets, strict=True):
            m.G.objects.filter(pk=row.pk).update(kind=kind, object_id=rows[target].pk)
    agree(world)
    with world.on("studio"):
        rows["a"].delete()
        m.G.objects.filter(code="b").update(kind=None, object_id=None)
    agree(world)


@pytest.mark.parametrize(
    "constraint",
    [
        'models.UniqueConstraint(Lower("label"), name="x")',
        'models.UniqueConstraint(fields=["label"], condition=Q(flag=True), name="x")',
        'models.UniqueConstraint(fields=["other", "label"], name="x")',
    ],
    ids=["expression", "condition", "several"],
)
def test_r18_values_are_handed_over_under_any_constraint(story: Story, constraint: str) -> None:
    """One row takes what another one leaves, in a single statement; what had to step aside is there again."""
    body = (
        f"{CODED}; label = models.CharField(max_length=20, null=True); "
        "flag = models.BooleanField(default=True); other = models.IntegerField(null=True, default=1)"
    )
    world, m = story(model("T", body, '"code"', meta=f"        constraints = [{constraint}]\n"))
    with world.on("studio"):
        for code, flag in (("a", True), ("b", False)):
            m.T.objects.create(code=code, label=code, flag=flag)
    told(world)
    with world.on("studio"):
        for code, label in (("a", None), ("b", "a"), ("a", "b")):
            m.T.objects.filter(code=code).update(label=label)
        m.T.objects.update(flag=False)
        m.T.objects.filter(code="b").update(flag=True)
    agree(world)


def test_p03_a_pull_between_a_swap_and_its_relay_keeps_identities(story: Story) -> None:
    """The export doesn't hand the keys over: the relay still tells who had them."""
    child = model("C", "extra = models.CharField(max_length=20)", '"code"', base="P")
    world, m = story(PARENT + child)
    with world.on("studio"):
        m.P.objects.create(code="a")
        m.C.objects.create(code="b", extra="x")
    told(world)
    with world.on("studio"):
        swap(m.P.objects, "a", "b")
    world.pull("studio", "shop")
    agree(world)


def test_a_row_that_extends_another_one_follows_its_key(story: Story) -> None:
    """Two rows were swapped, and only the newest state of one arrives: they exchange their values in place, and what
    extends them one to one goes over."""
    one_to_one = 'owner = models.OneToOneField("P", models.CASCADE, primary_key=True)'
    lines = 'owner = models.ForeignKey("E", models.CASCADE); n = models.IntegerField()'
    world, m = story(PARENT + model("E", one_to_one, '"owner"') + model("L", lines, '"owner", "n"'))
    with world.on("studio"):
        one, other = m.P.objects.create(code="a"), m.P.objects.create(code="b")
        m.L.objects.create(owner=m.E.objects.create(owner=other), n=1)
    told(world)
    with world.on("studio"):
        swap(m.P.objects, "a", "b")
    world.drain("studio")
    with world.on("studio"):
        m.P.objects.filter(pk=one.pk).update(code="z")
        m.P.objects.filter(pk=other.pk).update(code="a")
        m.P.objects.filter(pk=one.pk).update(code="b")
    agree(world)


@pytest.mark.parametrize("parent_first", [True, False])
def test_parts_of_an_object_go_by_their_own_keys(story: Story, parent_first: bool) -> None:
    """A parent's table and its child's are feeds with the same key; rows are swapped, one feed hears of it first."""
    world, m = story(PARENT + model("C", "extra = models.CharField(max_length=20)", '"code"', base="P"))
    with world.on("studio"):
        m.P.objects.create(code="a")
        m.C.objects.create(code="b", extra="x")
    told(world)
    with world.on("studio"):
        swap(m.P.objects, "a", "b")
    world.drain("studio")
    for _ in range(3 if parent_first else 1):
        world.deliver("shop", 1, acknowledge=parent_first)
    agree(world)


def test_a_child_goes_while_its_parent_comes_again(story: Story) -> None:
    """The object is one of the parent's only now; somebody refers to it."""
    child = f"extra = models.CharField(max_length=20); {TO_PARENT}"
    world, m = story(PARENT + model("C", child, '"code"', base="P"))
    with world.on("studio"):
        target = m.C.objects.create(code="a")
        m.C.objects.create(code="b", to=target)
    told(world)
    with world.on("studio"):
        m.C.objects.filter(code="b").update(to=None)
        target.delete()
        m.C.objects.filter(code="b").update(to=m.P.objects.create(code="a"))
    agree(world)


def test_rows_that_protect_themselves_can_go(story: Story) -> None:
    """At the source they let go of each other first, which nobody has heard of."""
    body = f'{CODED}; to = models.ForeignKey("self", models.PROTECT, null=True)'
    world, m = story(model("S", body, '"code"'))
    with world.on("studio"):
        one, other = m.S.objects.create(code="a"), m.S.objects.create(code="b")
        m.S.objects.filter(code="a").update(to=other)
        m.S.objects.filter(code="b").update(to=other)
    told(world)
    with world.on("studio"):
        m.S.objects.update(to=None)
        m.S.objects.all().delete()
    agree(world)
    assert one.pk


def test_a_deletion_under_the_key_of_before_a_rename(story: Story) -> None:
    """The row is what the ledger knows, though the parent's rename gave it another key; it refers to its parent."""
    body = f'owner = models.OneToOneField("P", models.CASCADE); {TO_PARENT}'
    world, m = story(PARENT + model("E", body, '"owner"'))
    with world.on("studio"):
        parent = m.P.objects.create(code="a")
        row = m.E.objects.create(owner=parent, to=parent)
    told(world)
    with world.on("studio"):
        m.P.objects.update(code="b")
        row.delete()
    agree(world)


def test_a_row_that_needs_itself(story: Story) -> None:
    """By a reference that may not be null, to a key that is a reference in its turn."""
    body = (
        'owner = models.OneToOneField("P", models.CASCADE, primary_key=True); '
        'to = models.ForeignKey("self", models.CASCADE, related_name="+")'
    )
    world, m = story(PARENT + model("E", body, '"owner"'))
    with world.on("studio"):
        parent = m.P.objects.create(code="a")
        m.E.objects.create(owner=parent, to_id=parent.pk)
    agree(world)


def test_a_row_whose_generic_object_went_comes_again(story: Story) -> None:
    """It was no feed's meanwhile, and is there: it is changed, not made a second time."""
    world, m = story(PARENT + model("G", GENERIC, '"code"'))
    with world.on("studio"):
        kind = ContentType.objects.get(app_label="library", model="p")
        target = m.P.objects.create(code="a")
        m.G.objects.create(code="g", kind=kind, object_id=target.pk)
    told(world)
    with world.on("studio"):
        target.delete()
        world.relay("studio")
    world.deliver("shop", 1)
    with world.on("studio"):
        m.G.objects.update(object_id=m.P.objects.create(code="b").pk)
    agree(world)


def test_a_generic_relation_to_a_row_that_was_swapped(story: Story) -> None:
    """It is looked at again when the rows have their keys."""
    world, m = story(model("G", GENERIC, '"code"'))
    with world.on("studio"):
        kind = ContentType.objects.get(app_label="library", model="g")
        rows = [m.G.objects.create(code=code) for code in "abc"]
        m.G.objects.filter(code="c").update(kind=kind, object_id=rows[0].pk)
    told(world)
    with world.on("studio"):
        swap(m.G.objects, "a", "b")
    agree(world)
