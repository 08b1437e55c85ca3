"""Admin actions that ask before they act: an action in, the same action behind a page with a question out."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import admin
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse

Action = Callable[[Any, HttpRequest, QuerySet[Any]], HttpResponse | None]
SHOWN = 20


def asking(title: str, question: str) -> Callable[[Action], Action]:
    """`title` names the action, in the menu and on the button; it needs the permission to change."""

    def decorate(action: Action) -> Action:
        @admin.action(description=title, permissions=["change"])
        @wraps(action)
        def guarded(self: Any, request: HttpRequest, queryset: QuerySet[Any]) -> HttpResponse | None:
            if request.POST.get("confirmed"):
                return action(self, request, queryset)
            context = {
                **self.admin_site.each_context(request),
                "title": title,
                "question": question,
                "opts": self.opts,
                "action": action.__name__,
                **_chosen(queryset),
                "list_url": reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_changelist"),
            }
            return TemplateResponse(request, "feedsync/confirm.html", context)

        return guarded

    return decorate


def _chosen(queryset: QuerySet[Any]) -> dict[str, Any]:
    pks = list(queryset.values_list("pk", flat=True))
    return {
        "pks": pks,
        "shown": queryset[:SHOWN],
        "more": max(0, len(pks) - SHOWN),
        "checkbox_name": ACTION_CHECKBOX_NAME,
    }
