"""The topic that this environment publishes to."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from feedsync.conf import settings
from feedsync.provisioning.findings import TIMEOUT_SECONDS, Finding, Result, guarded, member
from feedsync.transport import clients
from feedsync.transport.names import topic_path


def topics(check: bool) -> Iterator[Finding]:
    name = settings().topic
    if name is None:
        yield Finding(what="Topic", result=Result.PRESENT, detail="none: TOPIC is None, nothing is published")
    else:
        yield topic(name, check, partial(_commands, name))


def topic(name: str, check: bool, commands: partial[tuple[str, ...]]) -> Finding:
    return guarded(f"Topic {name}", partial(_topic, name, check, commands), commands)


def _topic(name: str, check: bool, commands: partial[tuple[str, ...]]) -> Finding:
    from google.api_core import exceptions

    path = topic_path(name)
    what = f"Topic {path}"
    publisher = clients.publisher()
    try:
        publisher.get_topic(topic=path, timeout=TIMEOUT_SECONDS, retry=None)
    except exceptions.NotFound:
        if check:
            return Finding(what=what, result=Result.MISSING, commands=commands())
    else:
        return Finding(what=what, result=Result.PRESENT)
    try:
        publisher.create_topic(name=path, timeout=TIMEOUT_SECONDS, retry=None)
    except exceptions.AlreadyExists:  # by another set-up, just now
        return Finding(what=what, result=Result.PRESENT)
    return Finding(what=what, result=Result.CREATED)


def _commands(name: str) -> tuple[str, ...]:
    path = topic_path(name)
    return (
        f"gcloud pubsub topics create {path}",
        f"gcloud pubsub topics add-iam-policy-binding {path} --role=roles/pubsub.publisher {member()}",
    )
