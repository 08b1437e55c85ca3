"""What the checks say of the setting FEEDSYNC, the URLs and the installed packages."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.core.checks import CheckMessage
from pytest_django import Settings

from feedsync.checks import Check, deployment

SECRET = "a secret that nobody guesses"


def said(check: Check) -> list[CheckMessage]:
    return list(check())


@pytest.fixture
def feedsync(settings: Settings) -> Any:
    """Change keys of FEEDSYNC for one test."""

    def change(**keys: Any) -> None:
        settings.FEEDSYNC = {**settings.FEEDSYNC, **keys}

    return change


def test_setting_that_is_missing(settings: Settings) -> None:
    """Without the setting there is one error, which shows what to write, and no other check stumbles."""
    del settings.FEEDSYNC

    assert [(found.id, '"ENVIRONMENT"' in found.msg) for found in said(deployment.check_setting)] == [
        ("feedsync.E001", True)
    ]
    assert said(deployment.check_readers) == said(deployment.check_project) == said(deployment.check_urls) == []


def test_every_problem_of_the_setting(feedsync: Any) -> None:
    """Each wrong key is an error of its own."""
    feedsync(ENVIRONMENT="", COLOUR="blue", FORCE_SYNC="yes")

    assert [found.id for found in said(deployment.check_setting)] == ["feedsync.E001"] * 3


def test_short_secrets(feedsync: Any) -> None:
    """Secrets that could be guessed are warned of, of readers and of credentials, and never shown."""
    feedsync(READERS={"shop": {"secret": "swordfish"}}, CREDENTIALS={"studio": {"secret": "swordfish"}, "lab": {}})

    found = said(deployment.check_secrets)
    assert [message.id for message in found] == ["feedsync.W004", "feedsync.W004"]
    assert "swordfish" not in str(found)


def test_reader_of_a_feed_that_is_none(feedsync: Any) -> None:
    """A misspelt feed is warned of; case doesn't matter."""
    feedsync(READERS={"shop": {"secret": SECRET, "feeds": ["library.Country", "library.countries"]}})

    (found,) = said(deployment.check_readers)
    assert found.id == "feedsync.W007"
    assert "library.countries" in found.msg


def test_tokens_without_an_audience(feedsync: Any) -> None:
    """A reader with a service account needs this environment's own URL."""
    account = {"lab": {"service_account": "lab@example.com"}}
    feedsync(READERS=account)
    assert [found.id for found in said(deployment.check_audience)] == ["feedsync.W009"]

    feedsync(READERS=account, BASE_URL="https://studio.example")
    assert said(deployment.check_audience) == []


@pytest.mark.parametrize(
    ("topic", "ids"), [("feedsync", ["feedsync.W008"]), (None, []), ("projects/other/topics/feedsync", [])]
)
def test_topic_without_a_project(feedsync: Any, topic: str | None, ids: list[str]) -> None:
    """A topic needs a project, unless it names one or there is none."""
    feedsync(TOPIC=topic, GOOGLE_CLOUD_PROJECT="")

    assert [found.id for found in said(deployment.check_project)] == ids


def test_urls_that_are_not_included(feedsync: Any, settings: Settings) -> None:
    """Readers without feedsync.urls are warned of."""
    feedsync(READERS={"shop": {"secret": SECRET}})
    assert said(deployment.check_urls) == []

    settings.ROOT_URLCONF = "consumers.urls"
    assert [found.id for found in said(deployment.check_urls)] == ["feedsync.W005"]


def test_urls_that_are_included_deeper(feedsync: Any, settings: Settings) -> None:
    """Wherever feedsync.urls is included is fine."""
    feedsync(READERS={"shop": {"secret": SECRET}})
    settings.ROOT_URLCONF = "tests.unit.checks.deeper"

    assert said(deployment.check_urls) == []


def test_own_packages_are_no_strangers() -> None:
    """Here, consumers and emulator lie beside feedsync."""
    assert said(deployment.check_package_names) == []


@pytest.mark.parametrize("path", ["lodger.py", "lodger/__init__.py"])
def test_name_that_someone_else_took(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, path: str) -> None:
    """A module or package of that name elsewhere is found, and named by its place."""
    place = tmp_path / path
    place.parent.mkdir(exist_ok=True)
    place.write_text("")
    monkeypatch.syspath_prepend(tmp_path)

    assert deployment.stranger("lodger", tmp_path / "site-packages") == place.resolve()
    assert deployment.stranger("nobody_has_this_name", tmp_path) is None


def test_package_beside_feedsync_is_no_stranger(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was installed in the same place is ours."""
    (tmp_path / "sibling").mkdir()
    (tmp_path / "sibling" / "__init__.py").write_text("")
    monkeypatch.syspath_prepend(tmp_path)

    assert deployment.stranger("sibling", tmp_path.resolve()) is None
