"""Pages of a site."""

from __future__ import annotations

from wagtail import blocks
from wagtail.fields import RichTextField, StreamField
from wagtail.models import Page


class HomePage(Page):
    intro = RichTextField(blank=True)


class ArticlePage(Page):
    body = StreamField([("heading", blocks.CharBlock()), ("text", blocks.RichTextBlock())], blank=True)
