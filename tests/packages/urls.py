"""No page is asked for."""

from __future__ import annotations

urlpatterns: list[object] = []
