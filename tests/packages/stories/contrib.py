"""Django's own: groups with permissions, sites, flat pages and redirects."""

from __future__ import annotations

from django.contrib.auth.models import Group, Permission
from django.contrib.flatpages.models import FlatPage
from django.contrib.redirects.models import Redirect
from django.contrib.sites.models import Site

from tests.packages.stories.telling import act, pulled, register, world


def tell() -> None:
    register(Permission, "content_type", "codename")
    register(Group, "name")
    register(Site, "domain")
    register(FlatPage, "url")
    register(Redirect, "site", "old_path")
    with world() as told:
        with act(told):
            site = Site.objects.create(domain="example.org", name="Example")
            group = Group.objects.create(name="Editors")
            group.permissions.set(Permission.objects.filter(content_type__app_label="flatpages"))
            page = FlatPage.objects.create(url="/about/", title="About")
            page.sites.add(site)
            Redirect.objects.create(site=site, old_path="/old/", new_path="/about/")
        with told.on("shop"):
            assert Group.objects.get().permissions.count() == group.permissions.using(told.alias("studio")).count() > 0
        with act(told):
            site.domain = "example.com"
            site.save()
            group.permissions.clear()
            FlatPage.objects.update(title="About us")
        with act(told):
            page.delete()
            Redirect.objects.all().delete()
        pulled(told)
