"""What django-modeltranslation adds columns to."""

from __future__ import annotations

from modeltranslation.translator import TranslationOptions, register

from tests.packages.words.models import News


@register(News)
class NewsOptions(TranslationOptions):
    fields = ("title",)
