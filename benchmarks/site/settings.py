"""One environment of a benchmark; which one, the environment variables BENCH_* say.

BENCH_KIND: feedsync, plain (nothing but the models) or cqrs. BENCH_DATABASE: a postgresql:// URL; BENCH_ENVIRONMENT and
BENCH_PEER: names; BENCH_RELAY and BENCH_TOPIC: as in FEEDSYNC.
"""

from __future__ import annotations

import os
from urllib.parse import parse_qs, urlsplit

KIND = os.environ.get("BENCH_KIND", "feedsync")
ENVIRONMENT = os.environ.get("BENCH_ENVIRONMENT", "source")
PEER = os.environ.get("BENCH_PEER", "replica")
SECRET = "only for a benchmark"
_address = urlsplit(os.environ.get("BENCH_DATABASE", "postgresql://postgres@/bench?host=/tmp"))

DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": _address.path.removeprefix("/"),
        "USER": _address.username,
        "HOST": parse_qs(_address.query)["host"][0],
        "CONN_MAX_AGE": None,
    }
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
DEBUG = False
SECRET_KEY = SECRET
ALLOWED_HOSTS = ["127.0.0.1"]
USE_TZ = True
TIME_ZONE = "UTC"

INSTALLED_APPS = ["benchmarks.site.content"]
if KIND == "feedsync":
    INSTALLED_APPS = ["django.contrib.auth", "django.contrib.contenttypes", "feedsync", "consumers", *INSTALLED_APPS]
if KIND == "cqrs":
    INSTALLED_APPS = ["dj_cqrs", "benchmarks.site.mirror", *INSTALLED_APPS]
    CQRS = {"transport": "dj_cqrs.transport.mock.TransportMock", "queue": "replica"}

ROOT_URLCONF = "benchmarks.site.urls" if KIND == "feedsync" else "benchmarks.site.content"
MIDDLEWARE = ["benchmarks.site.counting.Counting"]

FEEDSYNC = {
    "ENVIRONMENT": ENVIRONMENT,
    "GOOGLE_CLOUD_PROJECT": "bench",
    "TOPIC": os.environ.get("BENCH_TOPIC") or None,
    "RELAY": os.environ.get("BENCH_RELAY", "command"),
    "TASKS": "inline",
    "READERS": {PEER: {"secret": SECRET, "feeds": None}},
    "CREDENTIALS": {PEER: {"secret": SECRET}},
    "ALLOW_PRIVATE_SOURCES": True,
}
