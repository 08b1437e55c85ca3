"""The URLs of a subscribing environment, for `path("", include("consumers.urls"))`."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver

app_name = "feedsync_consumers"
urlpatterns: list[URLPattern | URLResolver] = []
