"""This environment's own URLs, as Cloud Tasks and Pub/Sub have to call them: a view's name in, a full URL out.

The same URL is the audience of the token that the call brings, so both sides of it come from here. The prefix below
which the project includes feedsync's URLs is kept, whether BASE_URL names it or not.
"""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

from django.urls import NoReverseMatch, URLResolver, get_resolver, reverse

from feedsync.conf import Settings, settings
from feedsync.errors import ConfigurationError
from feedsync.tasks import platforms
from feedsync.tasks.platforms import Platform

ROOT = "feedsync/"  # every path of feedsync's begins so, below the prefix of the project


def task_url(view: str) -> str:
    """`view`: "feedsync:relay_task", say. On App Engine of the version that asks, so that code and task fit."""
    options = settings()
    path = _path(view)
    if platforms.current() is Platform.APP_ENGINE and options.gae_version:
        return _app_engine(options, options.gae_version) + path
    return _stable(options, path)


def push_url(view: str) -> str:
    """One that outlives a deployment: a subscription keeps it."""
    return _stable(settings(), _path(view))


def own_url() -> str:
    """BASE_URL, or what the platform tells of it: the URL that data sources of others have; empty where unknown."""
    try:
        return settings().base_url or push_url("feedsync:contract").removesuffix("/feedsync/contract/")
    except ConfigurationError:
        return ""


def audiences(view: str) -> list[str]:
    """What a call's token may be for: this view at any of our URLs; none where we don't know our own."""
    found = []
    for url in (task_url, push_url):
        try:
            found.append(url(view))
        except ConfigurationError:
            continue
    return found


def _stable(options: Settings, path: str) -> str:
    if options.base_url:
        prefix = path[: path.index(ROOT)].rstrip("/")
        named = urlsplit(options.base_url).path.endswith(prefix)
        return options.base_url + (path.removeprefix(prefix) if named else path)
    if platforms.current() is Platform.APP_ENGINE:
        return _app_engine(options, "") + path
    raise ConfigurationError("FEEDSYNC['BASE_URL'] is empty: Google can't call an environment without a public URL.")


def _app_engine(options: Settings, version: str) -> str:
    if not options.google_cloud_project:
        raise ConfigurationError("FEEDSYNC['GOOGLE_CLOUD_PROJECT'] is empty: it is part of the URL on App Engine.")
    service = "" if options.gae_service == "default" else options.gae_service
    name = "-dot-".join(filter(None, (version, service, options.google_cloud_project)))
    region = f".{options.gae_region_id}.r" if options.gae_region_id else ""
    return f"https://{name}{region}.appspot.com"


def _path(view: str) -> str:
    app, _, name = view.partition(":")
    for namespaces in _places(app, get_resolver(), ()):
        try:
            return reverse(":".join((*namespaces, name)))
        except NoReverseMatch:  # below a prefix with arguments, say
            continue
    package = "consumers" if app.endswith("consumers") else app
    raise ConfigurationError(f'The URLs of {package} are not included: add path("", include("{package}.urls")).')


def _places(app: str, resolver: URLResolver, above: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """The namespaces below which an app's URLs are included."""
    for below in resolver.url_patterns:
        if isinstance(below, URLResolver):
            namespaces = (*above, below.namespace) if below.namespace else above
            if below.app_name == app:
                yield namespaces
            yield from _places(app, below, namespaces)
