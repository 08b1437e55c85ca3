"""django-polymorphic: what an object is travels as the natural key of its content type."""

from __future__ import annotations

import pytest
from django.contrib.contenttypes.models import ContentType

from feedsync.testing import World
from tests.db.thirdparty.conftest import Register
from tests.thirdparty.models import Painting, Project, Study

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "other"])


@pytest.fixture(params=[True, False], ids=["with parents", "children only"])
def family(request: pytest.FixtureRequest, register: Register) -> None:
    for model in (Project, Painting, Study) if request.param else (Painting, Study):
        register(model, "topic")


def kinds() -> dict[str, type]:
    return {project.topic: type(project) for project in Project.objects.all()}


def test_a_family(world: World, family: None) -> None:
    """Made, renamed by the parent's manager, deleted, and made anew as something else under the same key."""
    ContentType.objects.clear_cache()
    with world.on("studio"):
        Painting.objects.create(topic="a", artist="A")
        Study.objects.create(topic="s", supervisor="S")
        Study.objects.create(topic="t", supervisor="S")
    world.settle()
    with world.on("studio"):
        Project.objects.filter(topic="a").update(topic="b")
        Project.objects.get(topic="s").delete()
        Painting.objects.create(topic="s", artist="again")
        Study.objects.get(topic="t").delete()
    world.settle()
    world.assert_converged()
    with world.on("shop"):
        ContentType.objects.clear_cache()
        assert kinds() == {"b": Painting, "s": Painting}
