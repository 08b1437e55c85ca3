"""URLs that include the test project's below a prefix."""

from __future__ import annotations

from django.urls import include, path

urlpatterns = [path("below/", include("tests.urls"))]
