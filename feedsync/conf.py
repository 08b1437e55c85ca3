"""The setting `FEEDSYNC`: one dict, parsed once into a frozen object.

In: `django.conf.settings.FEEDSYNC`. Out: `settings()`, a frozen `Settings`, parsed again when Django's
`setting_changed` fires. `problems()` lists everything wrong with it for the system checks; `settings()` raises on the
first.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import Any

from django.conf import settings as django_settings
from django.core.signals import setting_changed

from feedsync import ancestor, parsing
from feedsync.errors import ConfigurationError

GOOGLE_CERTS_URL = "https://www.googleapis.com/oauth2/v1/certs"
EVERY_FEED = "*"


class Capture(StrEnum):
    SIGNALS = "signals"
    TRIGGERS = "triggers"


class OneWay(StrEnum):
    """What becomes of local edits of a feed that is only received."""

    REPAIR = "repair"  # the next pull undoes them
    REPORT = "report"  # a pull reports them, and leaves them


class Relay(StrEnum):
    THREAD = "thread"
    COMMAND = "command"
    CLOUD_TASKS = "cloud_tasks"


class Tasks(StrEnum):
    AUTO = "auto"
    INLINE = "inline"
    THREAD = "thread"
    CLOUD_TASKS = "cloud_tasks"
    DJANGO_TASKS = "django_tasks"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """Who may read this environment's export, and which feeds of it (None: all that aren't only received here)."""

    name: str
    secret: str | None = None
    service_account: str | None = None
    feeds: tuple[str, ...] | None = None

    def may_read(self, feed: str) -> bool:
        return (self.feeds is None or feed in self.feeds) and settings().one_way_policy(feed) is None


@dataclass(frozen=True, slots=True, kw_only=True)
class Credential:
    """How this environment signs in at one source; without a secret it sends an OIDC ID token."""

    secret: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """`FEEDSYNC`, parsed; field names are the keys in lower case."""

    environment: str
    google_cloud_project: str
    topic: str | None
    capture: Capture
    relay: Relay
    tasks: Tasks
    cloud_tasks_queue_id: str
    cloud_tasks_location: str
    service_account_email: str
    force_sync: bool
    gae_service: str
    gae_version: str
    gae_region_id: str
    base_url: str
    task_seconds: int
    task_attempts: int
    dead_letter_attempts: int
    readers: Mapping[str, Reader]
    credentials: Mapping[str, Credential]
    allow_private_sources: bool
    oidc_certs_url: str
    tombstone_days: int
    forward: bool | tuple[str, ...]
    max_alternations: int
    one_way: Mapping[str, OneWay]
    shared_files: bool | tuple[str, ...]
    file_redirects: bool
    file_workers: int
    max_file_bytes: int
    mirror_max_deletions: int
    mirror_max_share: float
    report_bytes: int
    report_days: int

    def shares_files_with(self, environment: str) -> bool:
        """Whether that environment's file storage is ours, too."""
        return self.shared_files if isinstance(self.shared_files, bool) else environment in self.shared_files

    def one_way_policy(self, label: str) -> OneWay | None:
        """What becomes of local edits of a feed that is only received here; None where it goes both ways (P6)."""
        return self.one_way.get(label) or self.one_way.get(EVERY_FEED)

    def forwards_changes_of(self, origin: str) -> bool:
        """Whether what came from there is published here again, for those who don't hear it themselves (P7)."""
        if self.topic is None:
            return False
        return self.forward if isinstance(self.forward, bool) else origin in (*self.forward, self.environment)


@cache
def shares_all_files() -> bool:
    """Whether SHARED_FILES is True: then no content of a file travels. May be asked whatever is wrong elsewhere."""
    raw = getattr(django_settings, "FEEDSYNC", None)
    return isinstance(raw, Mapping) and raw.get("SHARED_FILES") is True


def _readers(key: str, value: Any) -> Mapping[str, Reader]:
    return {name: _reader(name, options) for name, options in parsing.dict_of_dicts(key, value).items()}


def _reader(name: str, options: Mapping[str, Any]) -> Reader:
    unknown = set(options) - {"secret", "service_account", "feeds"}
    if unknown:
        raise ConfigurationError(f"FEEDSYNC['READERS'][{name!r}] has unknown keys: {', '.join(sorted(unknown))}.")
    for option in ("secret", "service_account"):
        _secret(f"FEEDSYNC['READERS'][{name!r}][{option!r}]", options.get(option))
    if bool(options.get("secret")) == bool(options.get("service_account")):
        raise ConfigurationError(f'FEEDSYNC[\'READERS\'][{name!r}] needs either "secret" or "service_account".')
    feeds = options.get("feeds")
    if feeds is not None and (not isinstance(feeds, list | tuple) or not all(isinstance(it, str) for it in feeds)):
        raise ConfigurationError(f"FEEDSYNC['READERS'][{name!r}]['feeds'] must be a list of \"app_label.model\".")
    return Reader(
        name=name,
        secret=options.get("secret"),
        service_account=options.get("service_account"),
        feeds=None if feeds is None else tuple(feed.lower() for feed in feeds),
    )


def _one_way(key: str, value: Any) -> Mapping[str, OneWay]:
    if (
        isinstance(value, Mapping)
        and all(isinstance(name, str) for name in value)
        and set(value.values()) <= set(OneWay)
    ):
        return {name.lower(): OneWay(policy) for name, policy in value.items()}
    raise ConfigurationError(
        f'FEEDSYNC[{key!r}] must be a dict: "app_label.model", or "*" for every feed -> one of {", ".join(OneWay)}.'
    )


def _secret(place: str, value: Any) -> None:
    if value is not None and not isinstance(value, str):
        raise ConfigurationError(f"{place} must be a string, not {type(value).__name__}.")


def _credentials(key: str, value: Any) -> Mapping[str, Credential]:
    parsed = {}
    for name, options in parsing.dict_of_dicts(key, value).items():
        if set(options) - {"secret"}:
            raise ConfigurationError(f"FEEDSYNC['CREDENTIALS'][{name!r}] knows one key: \"secret\".")
        _secret(f"FEEDSYNC['CREDENTIALS'][{name!r}]['secret']", options.get("secret"))
        parsed[name] = Credential(secret=options.get("secret"))
    return parsed


def _environ(name: str) -> Callable[[], str]:
    return lambda: os.environ.get(name, "")


# {key: (parser, default or a function that gives it)}; no default: required
KEYS: dict[str, tuple[parsing.Parser, Any]] = {
    "ENVIRONMENT": (parsing.environment, ""),
    "GOOGLE_CLOUD_PROJECT": (parsing.text, _environ("GOOGLE_CLOUD_PROJECT")),
    "TOPIC": (parsing.topic, "feedsync"),
    "CAPTURE": (parsing.choice(Capture), "signals"),
    "RELAY": (parsing.choice(Relay), "thread"),
    "TASKS": (parsing.choice(Tasks), "auto"),
    "CLOUD_TASKS_QUEUE_ID": (parsing.text, "feedsync"),
    "CLOUD_TASKS_LOCATION": (parsing.text, "europe-west1"),
    "SERVICE_ACCOUNT_EMAIL": (parsing.text, ""),
    "FORCE_SYNC": (parsing.flag, False),
    "GAE_SERVICE": (parsing.text, _environ("GAE_SERVICE")),
    "GAE_VERSION": (parsing.text, _environ("GAE_VERSION")),
    "GAE_REGION_ID": (parsing.text, ""),
    "BASE_URL": (parsing.url, ""),
    "TASK_SECONDS": (parsing.number("seconds", lowest=10, highest=1_500), 240),
    "TASK_ATTEMPTS": (parsing.number("attempts", highest=1_000), 20),
    "DEAD_LETTER_ATTEMPTS": (parsing.number("deliveries", lowest=5, highest=100, or_none=True), 0),
    "READERS": (_readers, {}),
    "CREDENTIALS": (_credentials, {}),
    "ALLOW_PRIVATE_SOURCES": (parsing.flag, False),
    "OIDC_CERTS_URL": (parsing.url, GOOGLE_CERTS_URL),
    "TOMBSTONE_DAYS": (parsing.number("days"), 45),
    "FORWARD": (parsing.environments, False),
    "MAX_ALTERNATIONS": (parsing.number("changes of hands", lowest=0), 20),
    "ONE_WAY": (_one_way, {}),
    "SHARED_FILES": (parsing.environments, False),
    "FILE_REDIRECTS": (parsing.flag, False),
    "FILE_WORKERS": (parsing.number("transfers"), 4),
    "MAX_FILE_BYTES": (parsing.number("bytes"), 5 * 2**30),
    "MIRROR_MAX_DELETIONS": (parsing.number("objects", lowest=0), 100),
    "MIRROR_MAX_SHARE": (parsing.share, 0.1),
    "REPORT_BYTES": (parsing.number("bytes", lowest=0), 8 * 1024 * 1024),
    "REPORT_DAYS": (parsing.number("days"), 30),
}


def problems() -> Iterator[str]:
    """Everything wrong with the setting, a sentence each."""
    raw = getattr(django_settings, "FEEDSYNC", None)
    if not isinstance(raw, Mapping):
        yield 'The setting FEEDSYNC is missing: add FEEDSYNC = {"ENVIRONMENT": "production"}.'
        return
    for key in sorted(set(raw) - set(KEYS), key=str):
        yield f"FEEDSYNC[{key!r}] is not a setting of feedsync."
    for key, (parse, default) in KEYS.items():
        try:
            parse(key, _given(raw, key, default))
        except ConfigurationError as error:
            yield str(error)


def _given(raw: Mapping[str, Any], key: str, default: Any) -> Any:
    if key in raw:
        return raw[key]
    if ancestor.has(key):
        return ancestor.value(key)
    return default() if callable(default) else default


_standing_in: list[Settings] = []  # the last one counts, for all threads


def settings() -> Settings:
    """The parsed setting; raises ConfigurationError with the first thing that is wrong with it."""
    return _standing_in[-1] if _standing_in else parsed()


@contextmanager
def standing_in(own: Settings) -> Iterator[None]:
    """Other settings for a while, in this process: a test that goes between environments parses them once."""
    _standing_in.append(own)
    try:
        yield
    finally:
        _standing_in.pop()


@cache
def parsed() -> Settings:
    """What Django's settings say, whoever stands in."""
    for problem in problems():
        raise ConfigurationError(problem)
    raw: Mapping[str, Any] = django_settings.FEEDSYNC
    values = {key.lower(): parse(key, _given(raw, key, default)) for key, (parse, default) in KEYS.items()}
    return Settings(**values)


def _forget(*, setting: str, **_: Any) -> None:
    if setting == "FEEDSYNC" or setting.startswith(ancestor.PREFIX):
        parsed.cache_clear()
        shares_all_files.cache_clear()


setting_changed.connect(_forget, dispatch_uid="feedsync.conf")
