"""A project written for django-data-sync moves as the page says: its names, settings, tables, and the first pull."""

from __future__ import annotations

import re
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from feedsync import ancestor
from tests.docs.pages import ROOT, blocks
from tests.docs.test_tour import Walk, answering, emulator, free_port

PAGE = ROOT / "docs" / "from-django-data-sync.md"
MODELS = """
from django.db import models
import data_sync


@data_sync.register_model(natural_key=['code'])
class Country(models.Model):
    objects = data_sync.managers.DataSyncEnhancedManager()
    code = models.CharField(max_length=2, unique=True)


@data_sync.register_model(['country.code', 'code'])
class Language(models.Model):
    objects = data_sync.managers.DataSyncEnhancedManager()
    country = models.ForeignKey(Country, on_delete=models.CASCADE)
    code = models.CharField(max_length=2)

    class Meta:
        unique_together = (('country', 'code'),)


@data_sync.register_model(
    natural_key=['language.country.code', 'language.code', 'key'],
    fields=('value', 'key', 'language'),
    file_fields=('thumbnail',)
)
class Copy(models.Model):
    objects = data_sync.managers.DataSyncEnhancedManager()
    language = models.ForeignKey(Language, on_delete=models.CASCADE)
    value = models.TextField()
    key = models.CharField(max_length=255)
    default = models.TextField(default="ours")
    thumbnail = models.FileField(upload_to="thumbs", blank=True)

    class Meta:
        unique_together = (('language', 'key'),)
"""
SETTINGS = """
import os
INSTALLED_APPS += ["data_sync", "texts"]
DATA_SYNC_GOOGLE_CLOUD_PROJECT = "old-project"
DATA_SYNC_FORCE_SYNC = True
DATA_SYNC_CLOUD_TASKS_QUEUE_ID = "data-sync"
DATABASES["default"] = {
    "ENGINE": "django.db.backends.sqlite3",
    "NAME": BASE_DIR / (os.environ["ENVIRONMENT"] + ".sqlite3"),
    "OPTIONS": {"timeout": 20, "transaction_mode": "IMMEDIATE", "init_command": "PRAGMA journal_mode=WAL"},
}
MEDIA_ROOT = BASE_DIR / ("media-" + os.environ["ENVIRONMENT"])
"""
URLS = """
from django.contrib import admin
from django.urls import include, path

urlpatterns = [path("admin/", admin.site.urls), path("", include("data_sync.urls"))]
"""
FILL = """
from django.core.files.base import ContentFile
from texts.models import Copy, Country, Language
language = Language.objects.create(country=Country.objects.create(code="GB"), code="en")
copy = Copy(language=language, key="title", value="Hello", default="theirs")
copy.thumbnail.save("hello.txt", ContentFile(b"a picture"))
"""
LOOK = """
from texts.models import Copy
copy = Copy.objects.get_by_natural_key("GB", "en", "title")
print(copy.value, copy.default, copy.thumbnail.read().decode())
"""
DATA_SOURCE = """
CREATE TABLE data_sync_datasource (id integer PRIMARY KEY, time_created datetime, time_updated datetime,
    env_name varchar(20) NOT NULL UNIQUE, env_url varchar(200) NOT NULL);
CREATE TABLE data_sync_datapull (id integer PRIMARY KEY, compare_data text, status varchar(20) NOT NULL,
    data_source_id integer REFERENCES data_sync_datasource (id));
INSERT INTO data_sync_datasource (env_name, env_url) VALUES ('production', 'http://127.0.0.1:{port}');
"""


@pytest.fixture
def walk(tmp_path: Path) -> Walk:
    """A project of the ancestor's, in a folder; its own `data_sync` is not installed here."""
    walk = Walk(tmp_path, "")
    walk.environment |= {"SECRET_OF_DEVELOP": "a secret that two sides know", "ENVIRONMENT": "develop"}
    walk.run("django-admin startproject mysite .")
    for path, text in (("mysite/settings.py", SETTINGS), ("mysite/urls.py", URLS), ("texts/models.py", MODELS)):
        target = tmp_path / path
        target.parent.mkdir(exist_ok=True)
        kept = target.read_text() if path.endswith("settings.py") else ""
        target.write_text(kept + text)
    (tmp_path / "texts" / "__init__.py").touch()
    return walk


def commands() -> list[str]:
    return [command for block in blocks(PAGE) for command in block.commands]


def programs() -> list[str]:
    """Python blocks of the page that are for the shell."""
    return [block.text for block in blocks(PAGE) if block.language == "python" and "cursor" in block.text]


def move(walk: Walk) -> None:
    """Sections 2 and 3."""
    walk.run(next(command for command in commands() if command.startswith("sed")))
    for block in blocks(PAGE):
        if block.language == "python" and block.file:
            target = walk.folder / block.file
            target.write_text(f"{target.read_text()}\n{block.text}")


def test_the_move(walk: Walk) -> None:
    """Checks name the settings' new names, sources are copied, a pull brings texts and files, old tables go."""
    move(walk)
    warned = check(walk)
    for name in ("GOOGLE_CLOUD_PROJECT", "FORCE_SYNC", "CLOUD_TASKS_QUEUE_ID"):
        assert f"DATA_SYNC_{name} is called FEEDSYNC['{name}'] now." in warned
    assert "E0" not in warned
    walk.run("python manage.py makemigrations texts")
    for environment in ("develop", "production"):
        walk.run(f"ENVIRONMENT={environment} python manage.py migrate")
    port = free_port()
    tables(walk.folder / "develop.sqlite3", DATA_SOURCE.format(port=port))
    copy_sources, drop_tables = programs()
    walk.shell("develop", copy_sources)
    walk.shell("develop", "from consumers.models import DataSource; DataSource.objects.update(enabled=True)")
    walk.shell("production", FILL)
    with emulator() as host:
        walk.environment["PUBSUB_EMULATOR_HOST"] = host
        with walk.running("production", "runserver", "--noreload", str(port)):
            answering(port)
            walk.run(commands()[-1])
    assert walk.shell("develop", LOOK) == "Hello ours a picture"
    walk.shell("develop", drop_tables)
    assert not [name for name in tables(walk.folder / "develop.sqlite3") if name.startswith("data_sync")]


def check(walk: Walk) -> str:
    """What `manage.py check` says; it goes on, since warnings are no errors."""
    done = subprocess.run(
        [sys.executable, "manage.py", "check"],
        cwd=walk.folder,
        env=walk.environment,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stderr


def tables(database: Path, script: str = "") -> list[str]:
    connection = sqlite3.connect(database)
    try:
        connection.executescript(script)
        return [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    finally:
        connection.close()


def test_every_setting_of_the_ancestor_has_its_line() -> None:
    """The table names each old setting and the key that it is now."""
    rows = re.findall(r"^\| `DATA_SYNC_(\w+)` \| `(\w+)` \|", PAGE.read_text(), re.MULTILINE)
    assert sorted(rows) == sorted((key, key) for key in ancestor.KEYS)
