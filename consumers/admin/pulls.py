"""Pulls in the admin: a bar for each, a page that follows a running one, cancel and resume."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from consumers.models import DataPull
from consumers.tasks import start
from feedsync.confirmation import asking

REFRESH_SECONDS = 2
ACTIVE = (DataPull.Status.WAITING, DataPull.Status.RUNNING)
COUNTS = ("created", "updated", "unchanged", "deleted", "parked", "dead")


@admin.register(DataPull)
class DataPullAdmin(admin.ModelAdmin):
    change_form_template = "feedsync_consumers/pull.html"
    change_list_template = "feedsync_consumers/pulls.html"
    list_display = ["__str__", "status", "bar", "rate", *COUNTS, "created_at"]
    list_filter = ["status", "mode", "data_source"]
    list_select_related = ["data_source"]
    fields = ["data_source", "mode"]
    actions = ["cancel", "resume"]

    def has_delete_permission(self, request: HttpRequest, obj: DataPull | None = None) -> bool:
        return obj is not None and obj.status not in ACTIVE and super().has_delete_permission(request, obj)

    def get_readonly_fields(self, request: HttpRequest, obj: DataPull | None = None) -> list[str]:
        return [] if obj is None else ["data_source", "mode"]

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        running = request.method == "GET" and DataPull.objects.filter(status__in=ACTIVE).exists()
        refresh = {"refresh_seconds": REFRESH_SECONDS if running else 0}
        return super().changelist_view(request, {**refresh, **(extra_context or {})})

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        """An existing pull is shown, not edited; a running one shows itself anew every two seconds."""
        pull: DataPull | None = kwargs.get("obj")
        if pull is not None:
            active = pull.status in ACTIVE
            context |= {
                "pull": pull,
                "bar": self.bar(pull),
                "numbers": [(name, self._number(pull, name)) for name in COUNTS],
                "feeds": list(_feeds(pull)),
                "verdict": (pull.progress or {}).get("verdict") or {},
                "rate": self.rate(pull),
                "megabytes": f"{(pull.progress or {}).get('bytes', 0) / 1e6:,.1f} MB",
                "refresh_seconds": REFRESH_SECONDS if active else 0,
                "button": _button(pull),
                **dict.fromkeys(["show_save", "show_save_and_continue", "show_save_and_add_another"], False),
            }
        return super().render_change_form(request, context, *args, **kwargs)

    @admin.display(description=_("progress"))
    def bar(self, obj: DataPull) -> SafeString:
        seen, total = _seen(obj), _total(obj)
        if obj.status == DataPull.Status.DONE:
            seen = total = max(1, total)
        percent = 100 * seen // total if total else 0
        return format_html(
            '<progress max="{}" value="{}" style="width: 10em; vertical-align: middle"></progress> {}&nbsp;%',
            total or 1,
            seen,
            percent,
        )

    @admin.display(description=_("rate"))
    def rate(self, obj: DataPull) -> str:
        rate = (obj.progress or {}).get("rate")
        return f"{rate:,.0f}/s" if rate else "-"

    @admin.display(description=_("created"))
    def created(self, obj: DataPull) -> str:
        return self._number(obj, "created")

    @admin.display(description=_("updated"))
    def updated(self, obj: DataPull) -> str:
        return self._number(obj, "updated")

    @admin.display(description=_("unchanged"))
    def unchanged(self, obj: DataPull) -> str:
        return self._number(obj, "unchanged")

    @admin.display(description=_("deleted"))
    def deleted(self, obj: DataPull) -> str:
        return self._number(obj, "deleted")

    @admin.display(description=_("parked"))
    def parked(self, obj: DataPull) -> str:
        return self._number(obj, "parked")

    @admin.display(description=_("dead"))
    def dead(self, obj: DataPull) -> str:
        return self._number(obj, "dead")

    def _number(self, pull: DataPull, name: str) -> str:
        return f"{(pull.progress or {}).get(name, 0):,}"

    @asking("Cancel", "These pulls stop after the chunk that they are at. What was applied stays. Cancel them?")
    def cancel(self, request: HttpRequest, queryset: QuerySet[DataPull]) -> None:
        for pull in queryset:
            text = _("%s stops after its chunk.") if start.cancel(pull.pk) else _("%s is over already.")
            self.message_user(request, text % pull, messages.INFO)

    @asking("Resume", "These pulls go on at the chunk where they stopped. Resume them?")
    def resume(self, request: HttpRequest, queryset: QuerySet[DataPull]) -> None:
        for pull in queryset:
            text = _("%s goes on.") if start.resume(pull.pk) else _("%s did not stop underway.")
            self.message_user(request, text % pull, messages.INFO)


def _button(pull: DataPull) -> dict[str, Any] | None:
    """The one action that makes sense for the pull as it is."""
    if _is_silent(pull):
        return {"action": "resume", "label": _("Its worker is gone: resume")}
    if pull.status in ACTIVE:
        return None if pull.cancel_requested else {"action": "cancel", "label": _("Cancel")}
    if pull.status == DataPull.Status.DONE:
        return None
    return {"action": "resume", "label": _("Resume")}


def _is_silent(pull: DataPull) -> bool:
    from consumers.pull import lease  # with requests and apply, which a process that shows no pull never needs

    return (
        pull.status == DataPull.Status.RUNNING
        and DataPull.objects.filter(lease.free(timezone.now()), pk=pull.pk).exists()
    )


def _feeds(pull: DataPull) -> Any:
    for label, count in ((pull.progress or {}).get("feeds") or {}).items():
        total = max(count["seen"], count["total"])
        yield {"label": label, "seen": count["seen"], "total": total, "percent": 100 * count["seen"] // (total or 1)}


def _seen(pull: DataPull) -> int:
    return sum(feed["seen"] for feed in _feeds(pull))


def _total(pull: DataPull) -> int:
    return sum(feed["total"] for feed in _feeds(pull))
