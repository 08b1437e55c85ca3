"""Admin actions that ask before they act: an action in, the same action behind a page with a question out.

`ActingAdmin` offers the actions of its list as buttons on the page of a single object, too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import wraps
from typing import Any

from django.contrib import admin
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.auth import get_permission_codename
from django.db.models import Max, QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse

Action = Callable[[Any, HttpRequest, QuerySet[Any]], HttpResponse | None]
SHOWN = 20


class ActingAdmin(admin.ModelAdmin):
    """Whoever may change the rows may use its actions, also where the values themselves can only be looked at."""

    change_form_template = "feedsync/acting.html"

    class Media:
        css = {"all": ["feedsync/admin.css"]}

    def has_act_permission(self, request: HttpRequest) -> bool:
        codename = get_permission_codename("change", self.opts)
        return bool(request.user.has_perm(f"{self.opts.app_label}.{codename}"))

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> Any:
        buttons = list(self.buttons(request, object_id))
        return super().change_view(request, object_id, form_url, {"buttons": buttons, **(extra_context or {})})

    def buttons(self, request: HttpRequest, object_id: str) -> Iterator[dict[str, Any]]:
        """The actions that make sense for the object."""
        for name, action in self.get_actions(request).items():
            if action and name != "delete_selected":
                # An object from Django 6.1 on, a tuple before.
                yield {"action": name, "label": getattr(action, "description", "") or action[2]}


def asking(
    title: str, question: str, *, details: Callable[[QuerySet[Any]], str] = lambda _: ""
) -> Callable[[Action], Action]:
    """`title` names the action, in the menu and on the button; it needs the permission to change. `details`: safe HTML
    below the question."""

    def decorate(action: Action) -> Action:
        @admin.action(description=title, permissions=["act"])
        @wraps(action)
        def guarded(self: Any, request: HttpRequest, queryset: QuerySet[Any]) -> HttpResponse | None:
            if request.POST.get("confirmed"):
                return action(self, request, _confirmed(request, queryset))
            context = {
                **self.admin_site.each_context(request),
                "title": title,
                "question": question,
                "details": details(queryset),
                "opts": self.opts,
                "media": self.media,
                "action": action.__name__,
                **_chosen(request, queryset),
                "checkbox_name": ACTION_CHECKBOX_NAME,
                "list_url": request.get_full_path(),  # with its filters, which "select all" means
            }
            return TemplateResponse(request, "feedsync/confirm.html", context)

        return guarded

    return decorate


def _chosen(request: HttpRequest, queryset: QuerySet[Any]) -> dict[str, Any]:
    """What the page shows, and what tells the next request which rows were meant."""
    across = request.POST.get("select_across") == "1"
    count = queryset.count()
    name = queryset.model._meta.verbose_name if count == 1 else queryset.model._meta.verbose_name_plural
    newest = queryset.aggregate(newest=Max("pk"))["newest"] if across else None
    return {
        "newest": newest,
        # All rows of a long list are named by the newest: Django takes a thousand fields of a form, and no more.
        "pks": [newest] if across else list(queryset.values_list("pk", flat=True)),
        "chosen": f"{count:,} {name}",
        "shown": [str(row) for row in queryset[:SHOWN]],
        "more": f"{count - SHOWN:,}" if count > SHOWN else "",
    }


def _confirmed(request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
    """Not what was added to the list while the person was thinking."""
    newest = request.POST.get("newest", "")
    return queryset.filter(pk__lte=int(newest)) if newest.isdecimal() else queryset
