"""Ways to write that are made of others, each seen to be captured for itself: docs/write-paths.md lists them all."""

from __future__ import annotations

import pytest
from asgiref.sync import async_to_sync
from django.contrib.auth.models import User
from django.db import connection, migrations
from django.db.migrations.state import ProjectState
from django.test import Client

from tests.db.capture.marks import changed, registered, take
from tests.library.models import Copy, Country, Language, Tag

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("capture")]


def test_get_or_create_and_update_or_create() -> None:
    """What is created or updated is marked; what is only found is not."""
    tag, _ = Tag.objects.get_or_create(slug="a")
    assert take() == changed(tag)
    Tag.objects.get_or_create(slug="a")
    assert take() == []
    Tag.objects.update_or_create(slug="a", defaults={"label": "A"})
    assert take() == changed(tag)


@pytest.mark.django_db(transaction=True)
def test_asynchronous_writes() -> None:
    """acreate, asave, aupdate, adelete and sets from a coroutine."""

    async def write() -> tuple[Country, Copy]:
        country = await Country.objects.acreate(code="GB")
        language = await Language.objects.acreate(country=country, code="en")
        copy = await Copy.objects.acreate(language=language, key="k", value="v")
        await Country.objects.filter(code="GB").aupdate(name="Britain")
        await copy.tags.aset([await Tag.objects.acreate(slug="a")])
        await Tag.objects.filter(slug="a").adelete()
        return country, copy

    country, copy = async_to_sync(write)()
    seen = take()
    assert set(changed(country, copy, copy.language)) <= set(seen)
    assert [mark for mark in seen if mark[2]] == [("tag", seen[-1][1], '["a"]')]


@pytest.mark.django_db(transaction=True)
def test_sql_of_a_migration() -> None:
    """RunSQL runs statements of text."""
    tag = Tag.objects.create(slug="a")
    take()
    run = migrations.RunSQL("UPDATE library_tag SET label = 'x' WHERE slug = 'a'")
    with connection.schema_editor(atomic=False) as editor:
        run.database_forwards("library", editor, ProjectState(), ProjectState())
    assert take() == changed(tag)


def test_the_admin(admin_client: Client, admin_user: User) -> None:
    """Change form and "delete selected" write by the ORM."""
    with registered(User, "username", fields=["username", "password"]):
        url = f"/admin/auth/user/{admin_user.pk}/password/"
        admin_client.post(url, {"usable_password": "true", "password1": "l0ng-enough", "password2": "l0ng-enough"})
        assert {(label, pk) for label, pk, _ in take()} == {("auth.user", str(admin_user.pk))}
        other = User.objects.create(username="other")
        take()
        chosen = {"action": "delete_selected", "_selected_action": [other.pk], "post": "yes"}
        admin_client.post("/admin/auth/user/", chosen)
        assert not User.objects.filter(username="other").exists()
        assert ("auth.user", str(other.pk), '["other"]') in take()
