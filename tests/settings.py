"""The Django project of the tests: FEEDSYNC_TEST_DATABASE says on which database: sqlite, postgres or mariadb.

FEEDSYNC_TEST_POSTGRES_HOST and FEEDSYNC_TEST_MARIADB_HOST name servers that run already (a socket directory, a socket);
otherwise conftest starts one.
"""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from importlib.util import find_spec
from pathlib import Path
from typing import Any

DATABASE = os.environ.get("FEEDSYNC_TEST_DATABASE", "sqlite")
POSTGRES_HOST = os.environ.get("FEEDSYNC_TEST_POSTGRES_HOST", "")
MARIADB_HOST = os.environ.get("FEEDSYNC_TEST_MARIADB_HOST", "")
DIRECTORY = Path(tempfile.mkdtemp(prefix="feedsync-tests-"))
atexit.register(shutil.rmtree, DIRECTORY, ignore_errors=True)
ALIASES = {"default": "studio", "other": "other"}


def _sqlite() -> dict[str, Any]:
    """Files, not memory: several connections, so that locking is as in life."""
    return {
        alias: {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": DIRECTORY / f"{name}.sqlite3",
            "OPTIONS": {
                "timeout": 20,
                "transaction_mode": "IMMEDIATE",
                "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL",
            },
            "TEST": {"NAME": DIRECTORY / f"test_{name}.sqlite3"},
        }
        for alias, name in ALIASES.items()
    }


def _postgres() -> dict[str, Any]:
    return {
        alias: {"ENGINE": "django.db.backends.postgresql", "NAME": name, "USER": "postgres", "HOST": POSTGRES_HOST}
        for alias, name in ALIASES.items()
    }


def _mariadb() -> dict[str, Any]:
    """mysqlclient where somebody compiled it; PyMySQL, which does the same, needs no compiler."""
    if find_spec("MySQLdb") is None:
        import pymysql

        pymysql.install_as_MySQLdb()
    return {
        alias: {
            "ENGINE": "django.db.backends.mysql",
            "NAME": name,
            "USER": "root",
            "HOST": MARIADB_HOST,
            "OPTIONS": {"charset": "utf8mb4"},
        }
        for alias, name in ALIASES.items()
    }


DATABASES = {"sqlite": _sqlite, "postgres": _postgres, "mariadb": _mariadb}[DATABASE]()
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
MEDIA_ROOT = DIRECTORY / "media"

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "feedsync",
    "consumers",
    "tests.library",
]
# Packages whose models people register; the dependency group "dev" brings all of them.
PACKAGES = ("mptt", "polymorphic", "taggit", "treebeard")
INSTALLED_APPS += [*PACKAGES, "tests.thirdparty"]
if DATABASE == "postgres":
    INSTALLED_APPS += ["django.contrib.postgres", "tests.pgfields"]

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

ROOT_URLCONF = "tests.urls"
SECRET_KEY = "only for tests"
STATIC_URL = "static/"
ALLOWED_HOSTS = ["testserver", "localhost", "127.0.0.1"]
USE_TZ = True
TIME_ZONE = "UTC"
LANGUAGE_CODE = "en"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]

FEEDSYNC = {
    "ENVIRONMENT": "studio",
    "GOOGLE_CLOUD_PROJECT": "test",
    "RELAY": "command",
    "TASKS": "inline",
}
