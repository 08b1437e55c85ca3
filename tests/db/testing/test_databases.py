"""A world that was given names finds its databases by itself, whoever runs the test."""

from __future__ import annotations

import pytest
from django.db import connection, connections, transaction
from django.test import TransactionTestCase

from feedsync.testing import World
from tests.library.models import Country, Language

pytestmark = pytest.mark.not_on_mariadb("Django clones by mysqldump")
NAMES = ["studio", "shop", "kiosk"]


def three_agree() -> None:
    """A write in each of three environments is everywhere in the end."""
    world = World(NAMES)
    for code, name in enumerate(NAMES):
        with world.on(name):
            Country.objects.create(code=str(code), name=name)
    world.settle()
    world.assert_converged()
    for name in NAMES:
        assert Country.objects.using(world.alias(name)).count() == len(NAMES)
    assert not Country.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_three_environments_beside_one_database() -> None:
    """pytest-django's test knows of "default" only, and it stays empty."""
    three_agree()
    three_agree()  # begins with empty databases again


class Plain(TransactionTestCase):
    """Django's own; run twice, since each class forbids the databases that it doesn't list."""

    def test_it(self) -> None:
        three_agree()


class Again(Plain):
    pass


@pytest.mark.django_db
def test_a_test_in_a_transaction_is_told_what_to_use() -> None:
    """A database that is in the middle of a transaction can't be copied."""
    with pytest.raises(RuntimeError, match="transaction=True"):
        World(["nowhere-else"])


@pytest.mark.django_db(transaction=True)
def test_code_that_names_no_database_reads_and_writes_in_the_environment() -> None:
    """`atomic()` and `connection` mean "default", and that is the environment's database inside."""
    world = World(["studio", "shop"])
    outside = connections["default"]
    with world.on("studio") as alias:
        assert connection.alias == alias
        with transaction.atomic():
            country = Country.objects.create(code="GB", name="")
            assert connections[alias].in_atomic_block
            Language.objects.create(country=country, code="en")
            with world.on("shop"):
                assert not connection.in_atomic_block
    assert connections["default"] is outside
    world.settle()
    world.assert_converged()


@pytest.mark.django_db(transaction=True)
def test_no_primary_key_is_right_by_chance() -> None:
    """The same object has another id in each environment."""
    world = World(NAMES)
    with world.on("studio"):
        Country.objects.create(code="GB", name="")
    world.settle()
    assert len({Country.objects.using(world.alias(name)).get().pk for name in NAMES}) == len(NAMES)
