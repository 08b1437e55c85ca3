"""What drawn graphs found where rows get other keys, made short."""

from __future__ import annotations

import pytest
from django.contrib.contenttypes.models import ContentType
from django.db import transaction

from feedsync.models import Mark
from tests.db.graphs.stories import CODED, GENERIC, PARENT, Story, agree, hear, model, of, one_by_one, swap, told

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "other"])

ANY_ORDER = pytest.mark.parametrize("dice", range(4))
EXTENSION = model("E", 'owner = models.OneToOneField("P", models.CASCADE)', '"owner"')


def test_an_extension_goes_and_its_owner_swaps_codes_with_another(story: Story) -> None:
    """Its key is taken by the other's extension, so that nobody hears of its end; its owner gave it another here."""
    world, m = story(PARENT + EXTENSION)
    with world.on("studio"):
        for code in "ab":
            m.E.objects.create(owner=m.P.objects.create(code=code))
    told(world)
    with world.on("studio"):
        m.E.objects.get(owner__code="a").delete()
        swap(m.P.objects, "a", "b")
    agree(world)


@ANY_ORDER
def test_owners_swap_codes_and_each_extension_is_told_alone(story: Story, dice: int) -> None:
    """The first one waits for the second: the row that it would take has news of its own, and nothing is lost."""
    world, m = story(PARENT + EXTENSION)
    with world.on("studio"):
        owners = [m.P.objects.create(code=code) for code in "ab"]
        for owner in owners:
            m.E.objects.create(owner=owner)
    told(world)
    with world.on("shop"):
        rows = dict(m.E.objects.values_list("owner__code", "pk"))
    with world.on("studio"):
        swap(m.P.objects, "a", "b")
    world.drain("studio")
    one_by_one(world, dice)
    agree(world)
    with world.on("shop"):
        assert dict(m.E.objects.values_list("owner__code", "pk")) == {"a": rows["b"], "b": rows["a"]}


@ANY_ORDER
def test_a_generic_relation_arrives_before_the_rename_that_it_counts_with(story: Story, dice: int) -> None:
    """It means who has the key from then on, and doesn't follow the row that leaves it."""
    world, m = story(PARENT + model("G", GENERIC, '"code"'))
    with world.on("studio"):
        kind = ContentType.objects.get(app_label="library", model="p")
        _, other = (m.P.objects.create(code=code) for code in "ab")
        m.G.objects.create(code="g")
    told(world)
    with world.on("studio"):
        swap(m.P.objects, "a", "b")
    world.drain("studio")
    with world.on("studio"):
        m.G.objects.update(kind=kind, object_id=other.pk)
    world.drain("studio")
    one_by_one(world, dice)
    agree(world)


@pytest.mark.not_on_mariadb("a row that refers to itself can not be deleted there")
def test_a_row_that_protects_itself_and_can_not_let_go(story: Story) -> None:
    """At the source it referred to another first, which nobody has heard of."""
    world, m = story(model("S", f'{CODED}; to = models.ForeignKey("self", models.PROTECT)', '"code"'))
    with world.on("studio"):
        for pk, code in ((1, "a"), (2, "b")):
            m.S.objects.create(pk=pk, code=code, to_id=pk)
    told(world)
    with world.on("studio"):
        m.S.objects.filter(code="b").update(to_id=1)
        m.S.objects.get(code="b").delete()
    agree(world)


def test_a_parent_carries_its_part_to_the_key_of_another(story: Story) -> None:
    """Whoever has that key now is another object, and waits until the part was moved by news of its own."""
    body = 'left = models.ForeignKey("P", models.CASCADE); right = models.IntegerField()'
    composite = f'pk = models.CompositePrimaryKey("left", "right"); {body}'
    world, m = story(PARENT + model("Z", composite, '"left", "right"'))
    with world.on("studio"):
        one, other = (m.P.objects.create(code=code) for code in "ab")
        m.Z.objects.create(left=one, right=1)
    told(world)
    pull = world.begin_pull("studio", "shop")
    pull.step()  # the parents, as they were
    with world.on("studio"):
        swap(m.P.objects, "a", "b")
    world.drain("studio")
    pull.run()  # the part is as young as the swap, which didn't come
    with world.on("studio"):
        m.Z.objects.create(left=other, right=1)
    world.drain("studio")
    world.deliver("shop")
    agree(world)


@ANY_ORDER
def test_a_swap_and_a_later_change_of_one_of_the_two_in_one_batch(story: Story, dice: int) -> None:
    """The later one doesn't say again that its object had the other's key: somebody has that."""
    world, m = story(model("S", f'{CODED}; to = models.ForeignKey("self", models.SET_NULL, null=True)', '"code"'))
    with world.on("studio"):
        for code in "ab":
            m.S.objects.create(code=code)
    told(world)
    with world.on("shop"):
        rows = dict(m.S.objects.values_list("code", "pk"))
    with world.on("studio"):
        swap(m.S.objects, "a", "b")
    world.drain("studio")
    with world.on("studio"):
        m.S.objects.filter(code="a").update(to=m.S.objects.get(code="b"))
    world.drain("studio")
    world.random.seed(dice)
    world.deliver("shop")
    agree(world)
    with world.on("shop"):
        assert dict(m.S.objects.values_list("code", "pk")) == {"a": rows["b"], "b": rows["a"]}


def test_what_refers_to_a_row_that_strayed_by_its_owner_meant_it(story: Story) -> None:
    """The owner's rename came after the row's own news, which moved it back; its referrer was told with its key."""
    extension = model("E", 'owner = models.OneToOneField("P", models.CASCADE, primary_key=True)', '"owner"')
    referrer = model("F", f'{CODED}; to = models.ForeignKey("E", models.CASCADE, null=True)', '"code"')
    world, m = story(PARENT + extension + referrer)
    with world.on("studio"):
        one, _ = (m.P.objects.create(code=code) for code in "ab")
        m.F.objects.create(code="f", to=m.E.objects.create(owner=one))
    told(world)
    with world.on("studio"):
        swap(m.P.objects, "a", "b")
    world.drain("studio")
    for name in "efp":
        hear(world, of(name))
    agree(world)


@pytest.mark.not_on_mariadb("constraints that are deferred")
def test_a_row_that_needs_another_gives_up_the_key_that_this_one_gets(story: Story) -> None:
    """Neither can be written before the other."""
    world, m = story(model("S", f'{CODED}; to = models.ForeignKey("self", models.CASCADE, to_field="code")', '"code"'))
    with world.on("studio"):
        m.S.objects.create(code="b", to_id="b")
    world.pull("studio", "shop")
    with world.on("studio"):
        m.S.objects.create(code="c", to_id="c")
        swap(m.S.objects, "b", "c")
        m.S.objects.filter(code="b").update(to_id="c")
        m.S.objects.filter(code="c").update(to_id="b")
    agree(world)


def test_a_row_whose_generic_object_went_refers_to_nothing(story: Story) -> None:
    """It was no feed's meanwhile, so that nothing is known of its row: null is written, too."""
    world, m = story(PARENT + model("G", GENERIC, '"code"'))
    with world.on("studio"):
        kind = ContentType.objects.get(app_label="library", model="p")
        m.G.objects.create(code="g", kind=kind, object_id=m.P.objects.create(code="a").pk)
    told(world)
    with world.on("studio"):
        m.P.objects.all().delete()
        world.relay("studio")
    world.deliver("shop", 1)
    with world.on("studio"):
        m.G.objects.update(kind=None, object_id=None)
    agree(world)


@pytest.mark.not_on_mariadb("constraints that are deferred")
def test_who_refers_by_value_refers_to_whoever_takes_it(story: Story) -> None:
    """Nothing was written to it, and it is published again."""
    referrer = model("F", f'{CODED}; to = models.ForeignKey("P", models.CASCADE, to_field="code")', '"code"')
    world, m = story(PARENT + referrer)
    with world.on("studio"):
        m.F.objects.create(code="f", to=m.P.objects.create(code="a"))
    told(world)
    with world.on("studio"), transaction.atomic():
        m.P.objects.update(code="b")
        m.P.objects.create(code="a")
    agree(world)


@pytest.mark.not_on_mariadb("constraints that are deferred")
def test_an_object_refers_to_who_has_the_key_that_it_left(story: Story) -> None:
    """It waits for that one, and doesn't follow itself."""
    world, m = story(model("S", f'{CODED}; to = models.ForeignKey("self", models.CASCADE, to_field="code")', '"code"'))
    with world.on("studio"):
        m.S.objects.create(code="a", to_id="a")
    told(world)
    with world.on("studio"), transaction.atomic():
        m.S.objects.update(code="b")
        m.S.objects.create(code="a", to_id="a")
    world.drain("studio")
    hear(world, lambda change: change.key == '["b"]')
    agree(world)


def test_a_deletion_that_comes_late_makes_no_mark(story: Story) -> None:
    """The object was made anew; a set and a reference let go of it here, which is nobody's edit."""
    target = model("T", "id = models.UUIDField(primary_key=True, default=uuid.uuid4)", '"id"')
    reference = 'to = models.ForeignKey("T", models.SET_NULL, null=True, related_name="+")'
    body = f'{CODED}; {reference}; many = models.ManyToManyField("T")'
    owner = model("P", body, '"code"') + model("Q", "extra = models.IntegerField(null=True)", '"code"', base="P")
    world, m = story(target + owner)
    with world.on("studio"):
        one = m.T.objects.create()
        m.Q.objects.create(code="a", to=one).many.add(one)
    told(world)
    with world.on("studio"):
        m.T.objects.all().delete()
    world.drain("studio")
    with world.on("studio"):
        m.T.objects.create(pk=one.pk)
    world.drain("studio")
    hear(world, lambda change: change.feed == "library.t" and not change.deleted)
    hear(world, lambda change: change.feed == "library.t" and change.deleted)
    with world.on("shop") as alias:
        assert m.T.objects.exists()
        row = m.Q.objects.get()
        assert (row.to, row.many.count()) == (None, 0)
        assert not Mark.objects.using(alias).exists()
    agree(world)
