"""What mypy's Django plugin reads in place of settings: every app that has models, all at once."""

from __future__ import annotations

from tests import settings

INSTALLED_APPS = sorted({*settings.INSTALLED_APPS, "django.contrib.postgres", "tests.pgfields", "tests.demo.atlas"})
DATABASES = settings.DATABASES
FEEDSYNC = settings.FEEDSYNC
ROOT_URLCONF = settings.ROOT_URLCONF
SECRET_KEY = settings.SECRET_KEY
