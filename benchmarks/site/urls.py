"""The URLs of an environment with feedsync."""

from __future__ import annotations

from django.urls import include, path

urlpatterns = [path("", include("feedsync.urls")), path("", include("consumers.urls"))]
