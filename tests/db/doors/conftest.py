"""A replica called "shop" that Google may call: its tokens are signed by a key of the tests'."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from django.test import Client
from pytest_django import Settings

from consumers.models import DataSource
from tests.db.doors.calling import OWN, SUBSCRIPTION, URL, Google
from tests.unit.auth.tokens import Issuer
from tests.unit.http.server import Server, plain


@pytest.fixture(scope="session")
def issuer() -> Issuer:
    return Issuer.new("key-of-the-doors")


@pytest.fixture(scope="session")
def certificates(issuer: Issuer) -> Iterator[Server]:
    with Server({"/certs": plain(json.dumps(issuer.certificates).encode())}) as running:
        yield running


@pytest.fixture(autouse=True)
def _shop(settings: Settings, certificates: Server) -> None:
    settings.FEEDSYNC = {
        "ENVIRONMENT": "shop",
        "GOOGLE_CLOUD_PROJECT": "test",
        "RELAY": "command",
        "TASKS": "inline",
        "BASE_URL": URL,
        "SERVICE_ACCOUNT_EMAIL": OWN,
        "OIDC_CERTS_URL": f"{certificates.url}/certs",
        "ALLOW_PRIVATE_SOURCES": True,
        "CREDENTIALS": {"studio": {"secret": "a secret of the tests"}},
    }


@pytest.fixture
def google(issuer: Issuer, client: Client) -> Google:
    return Google(issuer, client)


@pytest.fixture
def studio(db: None) -> DataSource:
    """Known already: no pull begins."""
    source = DataSource(env_name="studio", env_url="https://studio.example", subscription=SUBSCRIPTION, delivery="push")
    return DataSource.objects.bulk_create([source])[0]
