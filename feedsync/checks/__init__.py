"""System checks: what `manage.py check` says about settings, registrations and the deployment.

In: the setting FEEDSYNC and the registry. Out: messages with an id, a hint and an entry in docs/checks.md. Only what
`migrate` and `check --database` run touches one. `register_checks()` is called once, by the app's `ready()`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from django.core import checks

from feedsync.checks import ancestry, calls, databases, deployment, mariadb, registrations, topology, triggers
from feedsync.registry import feeds

Check = Callable[[], Iterator[checks.CheckMessage]]

CHECKS: tuple[Check, ...] = (
    deployment.check_setting,
    ancestry.check_settings,
    deployment.check_secrets,
    deployment.check_readers,
    deployment.check_one_way,
    deployment.check_audience,
    deployment.check_project,
    deployment.check_horizon,
    deployment.check_urls,
    deployment.check_package_names,
    calls.check_relay,
    databases.check_tables,
    databases.check_sqlite,
    mariadb.check_isolation,
    triggers.check_primary_keys,
)


def run(**_: Any) -> list[checks.CheckMessage]:
    """Every message, settings first."""
    found = [message for check in CHECKS for message in check()]
    for feed in feeds():
        found += registrations.check_feed(feed)
        found += topology.check_feed(feed)
    return found


def register_checks() -> None:
    checks.register(run, "feedsync")
    checks.register(triggers.check_installed, "feedsync", checks.Tags.database)
    checks.register(mariadb.check_server, "feedsync", checks.Tags.database)
