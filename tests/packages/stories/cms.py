"""Wagtail: a tree of pages with streams and rich text, moved, copied, published and taken back."""

from __future__ import annotations

from wagtail.models import Locale, Page, Site

from tests.packages.cms.models import ArticlePage, HomePage
from tests.packages.stories.telling import act, pulled, register, world

LOCAL = ["owner", "locked_by", "live_revision", "latest_revision"]


def tell() -> None:
    register(Locale, "language_code")
    register(Page, "path", exclude=LOCAL)
    register(HomePage, "path", exclude=LOCAL)
    register(ArticlePage, "path", exclude=LOCAL)
    register(Site, "hostname", "port")
    with world() as told:
        with act(told):
            Locale.objects.create(language_code="en")
            root = Page.add_root(instance=Page(title="Root", slug="root"))
            home = root.add_child(instance=HomePage(title="Home", slug="home", intro="<p>Hello</p>"))
            Site.objects.create(hostname="example.org", root_page=home, is_default_site=True)
            for title in ("One", "Two", "Three"):
                body = [("heading", title), ("text", "<p>Text</p>")]
                home.add_child(instance=ArticlePage(title=title, slug=title.lower(), body=body))
        with told.on("shop"):
            assert [page.title for page in Page.objects.order_by("path")] == ["Root", "Home", "One", "Two", "Three"]
            assert ArticlePage.objects.get(slug="two").body[0].value == "Two"
        with act(told):
            one = ArticlePage.objects.get(slug="one")
            one.body = [("heading", "Changed")]
            one.save_revision().publish()
            ArticlePage.objects.get(slug="two").unpublish()
        with act(told):
            ArticlePage.objects.get(slug="three").move(ArticlePage.objects.get(slug="one"), pos="first-child")
        with act(told):
            ArticlePage.objects.get(slug="one").copy(
                recursive=True, to=HomePage.objects.get(), update_attrs={"slug": "again", "title": "Again"}
            )
        with act(told):
            ArticlePage.objects.get(slug="two").delete()
        pulled(told)
