"""The URLs of the test project: the admin, and both halves of feedsync at the root."""

from __future__ import annotations

from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("admin/", admin.site.urls),
    path("", include("feedsync.urls")),
    path("", include("consumers.urls")),
]
