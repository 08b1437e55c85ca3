"""Checks of the setting FEEDSYNC, of what is included in the URLs, and of the installed packages."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib.util import find_spec
from pathlib import Path

from django.conf import settings as django_settings
from django.core.checks import CheckMessage
from django.urls import URLResolver, get_resolver

import feedsync
from feedsync import conf, horizon, registry
from feedsync.checks.catalogue import Id, message
from feedsync.tasks import addresses

SHORTEST_SECRET = 16
PACKAGES = ("consumers", "emulator")
# {key: (choices that are not there yet, those that are)}


def check_setting() -> Iterator[CheckMessage]:
    for problem in conf.problems():
        yield message(Id.SETTING, problem, hint="docs/settings.md lists every key with an example.")


def usable() -> conf.Settings | None:
    """The parsed setting; None where `check_setting` has something to say already."""
    return None if next(conf.problems(), None) else conf.settings()


def check_secrets() -> Iterator[CheckMessage]:
    options = usable()
    for key, people in (("READERS", options.readers), ("CREDENTIALS", options.credentials)) if options else ():
        for name in _with_short_secret(people):
            yield message(
                Id.GUESSABLE,
                f"The secret in FEEDSYNC[{key!r}][{name!r}] is shorter than {SHORTEST_SECRET} characters.",
                hint="Make one with: python -c 'import secrets; print(secrets.token_urlsafe(32))'",
            )


def _with_short_secret(people: Mapping[str, conf.Reader] | Mapping[str, conf.Credential]) -> list[str]:
    return [name for name, person in people.items() if person.secret and len(person.secret) < SHORTEST_SECRET]


def check_readers() -> Iterator[CheckMessage]:
    options = usable()
    for reader in options.readers.values() if options else ():
        for feed in reader.feeds or ():
            if registry.find(feed) is None:
                yield message(
                    Id.UNKNOWN_FEED,
                    f"FEEDSYNC['READERS'][{reader.name!r}] may read {feed!r}, which is not registered.",
                    hint='Name feeds as "app_label.model"; leave "feeds" out to let the reader see all.',
                )


def check_one_way() -> Iterator[CheckMessage]:
    options = usable()
    known = {feed.label for feed in registry.feeds()} | {conf.EVERY_FEED}
    for label in sorted(options.one_way.keys() - known) if options else ():
        yield message(
            Id.UNKNOWN_FEED,
            f"FEEDSYNC['ONE_WAY'] names {label}, which is no registered feed.",
            hint='Spell it "app_label.model" as in `manage.py feedsync_status`, or register the model.',
        )


def check_audience() -> Iterator[CheckMessage]:
    options = usable()
    accounts = [reader.name for reader in options.readers.values() if reader.service_account] if options else []
    if options and accounts and not addresses.own_url():
        yield message(
            Id.NO_AUDIENCE,
            f"FEEDSYNC['READERS'] lets {', '.join(accounts)} sign in with OIDC tokens, which are refused as long as "
            "FEEDSYNC['BASE_URL'] is empty.",
            hint="Set FEEDSYNC['BASE_URL'] to the URL that the data source there has for this environment.",
        )


def check_project() -> Iterator[CheckMessage]:
    options = usable()
    if options and options.topic and "/" not in options.topic and not options.google_cloud_project:
        yield message(
            Id.NO_PROJECT,
            f"FEEDSYNC['TOPIC'] is {options.topic!r}, but no Google Cloud project is known: nothing can be published.",
            hint="Set FEEDSYNC['GOOGLE_CLOUD_PROJECT'] or the environment variable of that name; "
            "FEEDSYNC['TOPIC'] = None if this environment publishes nothing.",
        )


def check_horizon() -> Iterator[CheckMessage]:
    """Deletions are remembered longer than any message can be late (P9)."""
    options = usable()
    needed = horizon.days_needed(options.dead_letter_attempts) if options else 0
    if options and options.tombstone_days < needed:
        twice = ", and the dead-letter subscription as long again" if options.dead_letter_attempts else ""
        yield message(
            Id.HORIZON,
            f"FEEDSYNC['TOMBSTONE_DAYS'] is {options.tombstone_days}: a message that comes later would bring back what "
            "was deleted.",
            hint=f"Pub/Sub keeps messages for {horizon.RETENTION_DAYS} days{twice}: {needed} or more.",
        )


def check_urls() -> Iterator[CheckMessage]:
    options = usable()
    if options and options.readers and not _included(get_resolver() if _root_urls() else None):
        yield message(
            Id.NO_URLS,
            "FEEDSYNC['READERS'] names who may read this environment, but feedsync.urls is not included.",
            hint='Add path("", include("feedsync.urls")) to the project\'s urlpatterns.',
        )


def _root_urls() -> bool:
    return bool(getattr(django_settings, "ROOT_URLCONF", None))


def _included(resolver: URLResolver | None) -> bool:
    """Whether feedsync's URLs are anywhere below."""
    if resolver is None:
        return False
    if getattr(resolver.urlconf_module, "__name__", "") == "feedsync.urls":
        return True
    return any(_included(below) for below in resolver.url_patterns if isinstance(below, URLResolver))


def check_package_names() -> Iterator[CheckMessage]:
    home = Path(feedsync.__file__).resolve().parents[1]
    for name in PACKAGES:
        place = stranger(name, home)
        if place is not None:
            yield message(
                Id.PACKAGE_NAME,
                f"The name {name!r} is taken: {place} is not the package that was installed with feedsync.",
                hint=f"Rename your own {name!r}, or uninstall the distribution that brought it.",
            )


def stranger(name: str, home: Path) -> Path | None:
    """Where a top-level module lies that isn't beside feedsync."""
    spec = find_spec(name)
    places = [spec.origin] if spec and spec.origin else list(spec.submodule_search_locations or ()) if spec else []
    for place in places:
        path = Path(place).resolve()
        if path.parent != home / name and path != home / name:
            return path
    return None
