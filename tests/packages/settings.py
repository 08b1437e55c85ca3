"""A project with a shop, a content management system and translations: django-oscar, Wagtail, django-parler and
django-modeltranslation."""

from __future__ import annotations

from oscar.defaults import *  # noqa: F403  # as its documentation has it

SECRET_KEY = "for tests"
USE_TZ = True
SITE_ID = 1
STATIC_URL = "/static/"
LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("de", "German")]
PARLER_LANGUAGES = {1: ({"code": "en"}, {"code": "de"})}
MODELTRANSLATION_DEFAULT_LANGUAGE = "en"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
ROOT_URLCONF = "tests.packages.urls"
WAGTAIL_SITE_NAME = "feedsync"
WAGTAILADMIN_BASE_URL = "http://localhost"
HAYSTACK_CONNECTIONS = {"default": {"ENGINE": "haystack.backends.simple_backend.SimpleEngine"}}
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}}
FEEDSYNC = {"ENVIRONMENT": "studio", "GOOGLE_CLOUD_PROJECT": "test"}
OSCAR = ["analytics", "checkout", "address", "shipping", "catalogue", "communication", "partner"]
OSCAR += ["basket", "payment", "offer", "order", "customer", "search", "voucher", "wishlists"]
INSTALLED_APPS = [
    "modeltranslation",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.sites",
    "django.contrib.messages",
    "django.contrib.flatpages",
    "django.contrib.redirects",
    "oscar.apps.catalogue.reviews.apps.CatalogueReviewsConfig",
    *(f"oscar.apps.{name}.apps.{name.title()}Config" for name in OSCAR),
    "widget_tweaks",
    "haystack",
    "treebeard",
    "django_tables2",
    "wagtail.contrib.redirects",
    "wagtail.sites",
    "wagtail.users",
    "wagtail.images",
    "wagtail.documents",
    "wagtail.search",
    "wagtail.admin",
    "wagtail",
    "modelcluster",
    "taggit",
    "parler",
    "tests.packages.cms",
    "tests.packages.words",
    "feedsync",
    "consumers",
]


class NoMigrations:
    """Tables are made from the models: some hundred migrations take a minute."""

    def __contains__(self, item: str) -> bool:
        return item not in ("feedsync", "feedsync_consumers")

    def __getitem__(self, item: str) -> None:
        return None


MIGRATION_MODULES = NoMigrations()
