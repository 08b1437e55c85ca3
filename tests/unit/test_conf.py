"""The setting FEEDSYNC: defaults, parsed values, and a sentence for each thing that is wrong."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from pytest_django import Settings

from feedsync import conf
from feedsync.errors import ConfigurationError

PAGE = (Path(__file__).parents[2] / "docs" / "settings.md").read_text()


def with_feedsync(settings: Settings, **keys: Any) -> conf.Settings:
    settings.FEEDSYNC = {"ENVIRONMENT": "studio", **keys}
    return conf.settings()


def test_defaults(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """An environment's name is all that is needed."""
    for name in ("GOOGLE_CLOUD_PROJECT", "GAE_SERVICE", "GAE_VERSION"):
        monkeypatch.delenv(name, raising=False)

    assert with_feedsync(settings) == conf.Settings(
        environment="studio",
        google_cloud_project="",
        topic="feedsync",
        capture=conf.Capture.SIGNALS,
        relay=conf.Relay.THREAD,
        tasks=conf.Tasks.AUTO,
        cloud_tasks_queue_id="feedsync",
        cloud_tasks_location="europe-west1",
        service_account_email="",
        force_sync=False,
        gae_service="",
        gae_version="",
        gae_region_id="",
        base_url="",
        task_seconds=240,
        task_attempts=20,
        dead_letter_attempts=0,
        readers={},
        credentials={},
        allow_private_sources=False,
        oidc_certs_url=conf.GOOGLE_CERTS_URL,
        tombstone_days=45,
        forward=False,
        max_alternations=20,
        one_way={},
        shared_files=False,
        file_redirects=False,
        file_workers=4,
        max_file_bytes=5 * 2**30,
        mirror_max_deletions=100,
        mirror_max_share=0.1,
        report_bytes=8 * 1024 * 1024,
        report_days=30,
    )


def test_project_of_the_platform(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """Google's environment variables are read where the setting is silent."""
    monkeypatch.setenv("GOOGLE_CLOUD_PROJECT", "from-platform")

    assert with_feedsync(settings).google_cloud_project == "from-platform"
    assert with_feedsync(settings, GOOGLE_CLOUD_PROJECT="mine").google_cloud_project == "mine"


def test_readers_and_credentials(settings: Settings) -> None:
    """Readers and credentials become values; names of feeds are as on the wire."""
    parsed = with_feedsync(
        settings,
        READERS={"shop": {"secret": "s", "feeds": ["Library.Country"]}, "lab": {"service_account": "a@b"}},
        CREDENTIALS={"studio": {"secret": "t"}, "lab": {}},
    )

    assert parsed.readers["shop"].feeds == ("library.country",)
    assert parsed.readers["shop"].may_read("library.country")
    assert not parsed.readers["shop"].may_read("library.tag")
    assert parsed.readers["lab"].may_read("library.tag")
    assert parsed.credentials == {"studio": conf.Credential(secret="t"), "lab": conf.Credential()}


def test_settings_follow_their_override(settings: Settings) -> None:
    """What a test changes is seen at once."""
    assert with_feedsync(settings, TOPIC=None).topic is None
    assert with_feedsync(settings, TOPIC="other").topic == "other"


def test_end_slash_of_a_url_goes(settings: Settings) -> None:
    """An audience is compared letter by letter, so there is one spelling."""
    assert with_feedsync(settings, BASE_URL="https://studio.example/").base_url == "https://studio.example"


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("ENVIRONMENT", ""),
        ("ENVIRONMENT", None),
        ("ENVIRONMENT", "my shop"),
        ("ENVIRONMENT", "café"),
        ("ENVIRONMENT", "x" * 101),
        ("GOOGLE_CLOUD_PROJECT", 7),
        ("TOPIC", ""),
        ("TOPIC", "my topic"),
        ("TOPIC", "google-topic"),
        ("TOPIC", "projects/x/subscriptions/y"),
        ("CAPTURE", "magic"),
        ("RELAY", None),
        ("TASKS", ["thread"]),
        ("FORCE_SYNC", 1),
        ("BASE_URL", "studio.example"),
        ("READERS", ["shop"]),
        ("READERS", {"shop": "secret"}),
        ("READERS", {"shop": {}}),
        ("READERS", {"shop": {"secret": "s", "service_account": "a@b"}}),
        ("READERS", {"shop": {"secret": b"s"}}),
        ("READERS", {"shop": {"secret": "s", "feed": []}}),
        ("READERS", {"shop": {"secret": "s", "feeds": "library.country"}}),
        ("CREDENTIALS", {"studio": {"password": "s"}}),
        ("CREDENTIALS", {"studio": {"secret": 5}}),
        ("TOMBSTONE_DAYS", 0),
        ("TOMBSTONE_DAYS", True),
        ("SHARED_FILES", "studio"),
        ("SHARED_FILES", ["no name"]),
        ("FILE_REDIRECTS", 1),
        ("FILE_WORKERS", 0),
        ("MAX_FILE_BYTES", "5 GiB"),
        ("TASK_SECONDS", 9),
        ("TASK_ATTEMPTS", "20"),
        ("DEAD_LETTER_ATTEMPTS", 4),
        ("DEAD_LETTER_ATTEMPTS", False),
        ("TOPICS", "a key that there isn't"),
    ],
)
def test_malformed_values(settings: Settings, key: str, value: Any) -> None:
    """Each is told in a sentence that names the key, by the checks and by whoever reads the setting."""
    settings.FEEDSYNC = {"ENVIRONMENT": "studio", key: value}

    (problem,) = conf.problems()
    assert key in problem
    with pytest.raises(ConfigurationError, match=re.escape(problem)):
        conf.settings()


@pytest.mark.parametrize("value", [None, [], "studio"])
def test_setting_that_is_no_dict(settings: Settings, value: Any) -> None:
    """A missing setting says what to write."""
    settings.FEEDSYNC = value

    with pytest.raises(ConfigurationError, match="setting FEEDSYNC is missing"):
        conf.settings()


def test_secrets_are_in_no_message(settings: Settings) -> None:
    """Messages end in logs, so no secret is in them."""
    settings.FEEDSYNC = {
        "ENVIRONMENT": "studio",
        "READERS": {"shop": {"secret": "swordfish", "service_account": "a@b"}},
        "CREDENTIALS": {"lab": {"secret": "swordfish", "colour": 1}},
    }

    assert len(list(conf.problems())) == 2
    assert "swordfish" not in "".join(conf.problems())


def test_page_has_every_key() -> None:
    """docs/settings.md explains each key once, in the order of the code, and no other."""
    assert re.findall(r"^### ([A-Z_]+)$", PAGE, re.MULTILINE) == list(conf.KEYS)


def test_page_has_the_defaults() -> None:
    """The default that the page names is the one that is used."""
    told = dict(re.findall(r"^### ([A-Z_]+)\n\nDefault: `([^`]+)`", PAGE, re.MULTILINE))
    fixed = {key: default for key, (_, default) in conf.KEYS.items() if not callable(default) and key != "ENVIRONMENT"}

    assert told == {key: repr(default).replace("'", '"') for key, default in fixed.items()}
