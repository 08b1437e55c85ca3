"""The doors under ASGI: the same answers, and the body is read whole."""

from __future__ import annotations

import pytest
from asgiref.sync import async_to_sync
from django.test import AsyncClient

from consumers.models import DataSource
from tests.db.doors.calling import PUSH, Google, wrapped
from tests.db.doors.test_push import PAGE
from tests.library.models import Tag

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize(("good", "status"), [(True, 204), (False, 401)])
def test_push_under_asgi(good: bool, status: int, google: Google, studio: DataSource) -> None:
    """Applied for the token's sake, and only for it."""
    token = google.token(PUSH) if good else "nonsense"
    headers = {"Authorization": f"Bearer {token}"}
    answer = async_to_sync(AsyncClient().post)(
        PUSH, data=wrapped(PAGE), content_type="application/json", headers=headers
    )
    assert answer.status_code == status
    assert Tag.objects.exists() is good
