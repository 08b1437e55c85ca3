"""What is replicated where feedsync is installed."""

from __future__ import annotations

from benchmarks.site.content.models import Copy, Country, Language, Tag
from feedsync import register_model

register_model(natural_key=["code"])(Country)
register_model(natural_key=["country.code", "code"])(Language)
register_model(natural_key=["slug"])(Tag)
register_model(natural_key=["language.country.code", "language.code", "key"])(Copy)
