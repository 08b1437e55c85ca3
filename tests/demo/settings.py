"""One environment of the demo; which one, the environment variables DEMO_* say.

DEMO_ENVIRONMENT is its name and DEMO_PEER the other's; DEMO_DATABASE the path of a SQLite file or a postgresql:// URL;
DEMO_BASE_URL where it serves; DEMO_SECRET what the two share.
"""

from __future__ import annotations

import os
from typing import Any
from urllib.parse import parse_qs, urlsplit

ENVIRONMENT = os.environ.get("DEMO_ENVIRONMENT", "studio")
PEER = os.environ.get("DEMO_PEER", "shop")
DATABASE = os.environ.get("DEMO_DATABASE", "demo.sqlite3")
BASE_URL = os.environ.get("DEMO_BASE_URL", "http://127.0.0.1:8000")
SECRET = os.environ.get("DEMO_SECRET", "only for a demo")


def _database(address: str) -> dict[str, Any]:
    if address.startswith("postgresql://"):
        parts = urlsplit(address)
        return {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": parts.path.removeprefix("/"),
            "USER": parts.username,
            "HOST": parse_qs(parts.query)["host"][0],
        }
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": address,
        "OPTIONS": {
            "timeout": 20,
            # Several processes write: without these they fail with "database is locked".
            "transaction_mode": "IMMEDIATE",
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL",
        },
    }


DATABASES = {"default": _database(DATABASE)}
DEBUG = True
SECRET_KEY = f"{SECRET}-{ENVIRONMENT}"
ALLOWED_HOSTS = ["localhost", "127.0.0.1"]
# Cookies know no ports: without names of their own, the log-in of one environment would end the other's.
SESSION_COOKIE_NAME = f"session_{ENVIRONMENT}"
CSRF_COOKIE_NAME = f"csrf_{ENVIRONMENT}"

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "feedsync",
    "consumers",
    "tests.demo.atlas",
]
MIDDLEWARE = [
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]
ROOT_URLCONF = "tests.demo.urls"
STATIC_URL = "static/"
USE_TZ = True
TIME_ZONE = "UTC"

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": "INFO"},
}

FEEDSYNC = {
    "ENVIRONMENT": ENVIRONMENT,
    "GOOGLE_CLOUD_PROJECT": "demo",
    "TOPIC": f"feedsync-{ENVIRONMENT}",
    "RELAY": "command",
    "TASKS": "thread",
    "BASE_URL": BASE_URL,
    "READERS": {PEER: {"secret": SECRET, "feeds": None}},
    "CREDENTIALS": {PEER: {"secret": SECRET}},
    "ALLOW_PRIVATE_SOURCES": True,
}
