"""Our own URLs: what Google calls, and what must be in its tokens."""

from __future__ import annotations

from typing import Any

import pytest
from django.urls import include, path
from pytest_django import Settings

from feedsync.errors import ConfigurationError
from feedsync.tasks.addresses import own_url, push_url, task_url

both = [path("", include("feedsync.urls")), path("", include("consumers.urls"))]
urlpatterns = [path("api/", include((both, "api")))]

RELAY = "feedsync:relay_task"
PULL = "feedsync_consumers:pull_task"
PUSH = "feedsync_consumers:push"


@pytest.fixture(autouse=True)
def _outside(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("GAE_ENV", "GAE_INSTANCE", "GAE_APPLICATION", "GAE_VERSION", "GAE_SERVICE"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def app_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GAE_ENV", "standard")
    monkeypatch.setenv("GAE_VERSION", "v1")


def configure(settings: Settings, **options: Any) -> None:
    settings.FEEDSYNC = {"ENVIRONMENT": "shop", "GOOGLE_CLOUD_PROJECT": "my-project", **options}


def test_url_below_base_url(settings: Settings) -> None:
    """BASE_URL and the path, at the root."""
    configure(settings, BASE_URL="https://shop.example/")
    assert task_url(PULL) == "https://shop.example/feedsync/tasks/pull/"
    assert task_url(RELAY) == "https://shop.example/feedsync/tasks/relay/"
    assert push_url(PUSH) == "https://shop.example/feedsync/push/"


@pytest.mark.urls(__name__)
@pytest.mark.parametrize("base", ["https://shop.example", "https://shop.example/api"])
def test_include_prefix_is_kept(base: str, settings: Settings) -> None:
    """Whether BASE_URL names the prefix or not, and also below a namespace of the project's own."""
    configure(settings, BASE_URL=base)
    assert task_url(PULL) == "https://shop.example/api/feedsync/tasks/pull/"


def test_prefix_that_a_proxy_removes(settings: Settings) -> None:
    """Django doesn't know it; BASE_URL does."""
    configure(settings, BASE_URL="https://shop.example/behind")
    assert push_url(PUSH) == "https://shop.example/behind/feedsync/push/"


@pytest.mark.usefixtures("app_engine")
@pytest.mark.parametrize(
    ("options", "host"),
    [
        ({"GAE_SERVICE": "default"}, "v1-dot-my-project.appspot.com"),
        ({"GAE_SERVICE": "worker"}, "v1-dot-worker-dot-my-project.appspot.com"),
        ({"GAE_SERVICE": "worker", "GAE_VERSION": "v2"}, "v2-dot-worker-dot-my-project.appspot.com"),
        ({"GAE_SERVICE": "worker", "GAE_REGION_ID": "ew"}, "v1-dot-worker-dot-my-project.ew.r.appspot.com"),
        ({"GAE_SERVICE": "worker", "BASE_URL": "https://shop.example"}, "v1-dot-worker-dot-my-project.appspot.com"),
    ],
)
def test_app_engine_calls_the_version_that_asked(options: dict[str, str], host: str, settings: Settings) -> None:
    """As the ancestor did: version, service and project."""
    configure(settings, **options)
    assert task_url(PULL) == f"https://{host}/feedsync/tasks/pull/"


@pytest.mark.usefixtures("app_engine")
@pytest.mark.urls(__name__)
def test_app_engine_keeps_the_include_prefix(settings: Settings) -> None:
    """The caller's, below which the handlers are."""
    configure(settings, GAE_SERVICE="worker")
    assert task_url(PULL) == "https://v1-dot-worker-dot-my-project.appspot.com/api/feedsync/tasks/pull/"


@pytest.mark.usefixtures("app_engine")
def test_push_outlives_versions(settings: Settings) -> None:
    """A subscription keeps its URL when a version goes: BASE_URL, or else the service's."""
    configure(settings, GAE_SERVICE="worker")
    assert push_url(PUSH) == "https://worker-dot-my-project.appspot.com/feedsync/push/"
    configure(settings, GAE_SERVICE="worker", BASE_URL="https://shop.example")
    assert push_url(PUSH) == "https://shop.example/feedsync/push/"


def test_without_a_public_url(settings: Settings) -> None:
    """It says what to set."""
    configure(settings)
    with pytest.raises(ConfigurationError, match="BASE_URL"):
        task_url(PULL)


@pytest.mark.urls("feedsync.urls")
def test_urls_that_are_not_included(settings: Settings) -> None:
    """It says what to include."""
    configure(settings, BASE_URL="https://shop.example")
    with pytest.raises(ConfigurationError, match=r"consumers\.urls"):
        task_url(PULL)


@pytest.mark.urls(__name__)
@pytest.mark.usefixtures("app_engine")
def test_own_url_is_told_by_the_platform(settings: Settings) -> None:
    """What data sources of others have, with the include prefix; BASE_URL goes before, as it is."""
    configure(settings, GAE_SERVICE="default", GAE_REGION_ID="ew")
    assert own_url() == "https://my-project.ew.r.appspot.com/api"
    configure(settings, BASE_URL="https://shop.example")
    assert own_url() == "https://shop.example"


def test_own_url_that_nobody_tells(settings: Settings) -> None:
    """Then no token is accepted."""
    configure(settings)
    assert own_url() == ""
