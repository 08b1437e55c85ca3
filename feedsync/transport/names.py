"""Full names of topics and subscriptions; what is a full path already stays as it is."""

from __future__ import annotations

from feedsync.conf import settings
from feedsync.errors import ConfigurationError


def topic_path(topic: str) -> str:
    return _path("topics", topic)


def subscription_path(subscription: str) -> str:
    return _path("subscriptions", subscription)


def _path(kind: str, name: str) -> str:
    if name.startswith("projects/"):
        return name
    project = settings().google_cloud_project
    if not project:
        raise ConfigurationError(
            'Pub/Sub needs a project: set FEEDSYNC["GOOGLE_CLOUD_PROJECT"] or the environment variable of that name.'
        )
    return f"projects/{project}/{kind}/{name}"
