"""Pulls in the admin: a bar for each, a page that follows a running one, cancel and resume."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404
from django.template.loader import render_to_string
from django.urls import path
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext_lazy as _

from consumers.admin import numbers
from consumers.admin.asked import PullForm
from consumers.admin.links import to_page
from consumers.models import DataPull
from consumers.report import reading
from consumers.tasks import start
from feedsync.confirmation import ActingAdmin, asking

REFRESH_SECONDS = 2
REHEARSALS = (DataPull.Mode.DRY_RUN, DataPull.Mode.MIRROR_DRY)
ACTIVE = (DataPull.Status.WAITING, DataPull.Status.RUNNING)


@admin.register(DataPull)
class DataPullAdmin(ActingAdmin):
    change_form_template = "feedsync_consumers/pull.html"
    change_list_template = "feedsync_consumers/pulls.html"
    list_display = ["__str__", "created_at", "status", "bar", "rate", "outcome"]
    list_filter = ["status", "mode", "data_source"]
    list_select_related = ["data_source"]
    actions = ["confirm", "cancel", "resume"]

    class Media:
        js = ["feedsync_consumers/live.js"]

    def has_delete_permission(self, request: HttpRequest, obj: DataPull | None = None) -> bool:
        return obj is not None and obj.status not in ACTIVE and super().has_delete_permission(request, obj)

    def get_readonly_fields(self, request: HttpRequest, obj: DataPull | None = None) -> list[str]:
        return [] if obj is None else ["data_source", "mode"]

    def get_form(self, request: HttpRequest, obj: DataPull | None = None, change: bool = False, **kwargs: Any) -> Any:
        return super().get_form(request, obj, change, **({"form": PullForm} if obj is None else {}), **kwargs)

    def get_fields(self, request: HttpRequest, obj: DataPull | None = None) -> Any:
        return ["data_source", "mode", "feeds"] if obj is None else ["data_source", "mode"]

    def get_urls(self) -> list[Any]:
        report = self.admin_site.admin_view(self.report)
        return [path("<int:pk>/report/", report, name="feedsync_consumers_datapull_report"), *super().get_urls()]

    def report(self, request: HttpRequest, pk: int) -> StreamingHttpResponse:
        """What the pull found different, for whoever may look at the pull."""
        pull = get_object_or_404(self.get_queryset(request).select_related("data_source"), pk=pk)
        if not self.has_view_permission(request, pull):
            raise PermissionDenied
        name = f"feedsync-{pull.data_source}-{pull.pk}.json"
        headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
        return StreamingHttpResponse(reading.pieces(pull), content_type="application/json", headers=headers)

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        running = request.method == "GET" and DataPull.objects.filter(status__in=ACTIVE).exists()
        context = {"refresh_seconds": REFRESH_SECONDS if running else 0, "title": _("Data pulls")}
        return super().changelist_view(request, {**context, **(extra_context or {})})

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        """An existing pull is shown, not edited; a running one shows itself anew every two seconds."""
        pull: DataPull | None = kwargs.get("obj")
        if pull is not None:
            left_out = ((pull.progress or {}).get("report") or {}).get("left_out")
            context |= {
                "title": _("Pull from %s") % pull.data_source,
                "pull": pull,
                "bar": self.bar(pull),
                "position": numbers.told_position(pull),
                "numbers": list(numbers.linked(pull)),
                "feeds": list(numbers.feeds(pull)),
                "plan": numbers.plan(pull),
                "removals": list(numbers.removals(pull)),
                "waits": pull.status == DataPull.Status.CONFIRM,
                "left_out": f"{left_out:,}" if left_out else "",
                "has_report": reading.exists(pull),
                "verdict": (pull.progress or {}).get("verdict") or {},
                "rate": self.rate(pull),
                "megabytes": f"{(pull.progress or {}).get('bytes', 0) / 1e6:,.1f} MB",
                "refresh_seconds": REFRESH_SECONDS if pull.status in ACTIVE else 0,
            }
        return super().render_change_form(request, context, *args, **kwargs)

    def buttons(self, request: HttpRequest, object_id: str) -> Iterator[dict[str, Any]]:
        """The one action that makes sense for the pull as it is."""
        pull = self.get_object(request, object_id)
        sensible = _sensible(pull) if pull else {}
        for button in super().buttons(request, object_id):
            if button["action"] in sensible:
                yield {**button, "label": sensible[button["action"]]}

    @admin.display(description=_("progress"))
    def bar(self, obj: DataPull) -> SafeString:
        seen, total = numbers.position(obj)
        return format_html(
            '<span class="feedsync-bar"><progress max="{}" value="{}"></progress> {}&nbsp;%</span>',
            total or 1,
            seen,
            100 * seen // (total or 1),
        )

    @admin.display(description=_("rate"))
    def rate(self, obj: DataPull) -> str:
        rate = (obj.progress or {}).get("rate")
        return f"{rate:,.0f}/s" if rate else "-"

    @admin.display(description=_("outcome"))
    def outcome(self, obj: DataPull) -> str:
        told = numbers.told(obj)
        return str(_("rehearsal: %s") % told) if obj.mode in REHEARSALS else told

    @asking(
        "Confirm removals",
        "What the source doesn't have is removed here. Each object is looked at again first: what changed since, or is "
        "at the source by now, stays. Remove them?",
        details=lambda pulls: mark_safe("".join(_plan(pull) for pull in pulls)),  # noqa: S308 - rendered templates
    )
    def confirm(self, request: HttpRequest, queryset: QuerySet[DataPull]) -> HttpResponse | None:
        for pull in queryset:
            done = start.confirm(pull.pk, request.user.get_username())
            text = _("%s removes what was planned.") if done else _("%s doesn't wait for a confirmation.")
            self.message_user(request, text % pull, messages.INFO)
        return to_page(queryset)

    @asking("Cancel", "These pulls stop after the chunk that they are at. What was applied stays. Cancel them?")
    def cancel(self, request: HttpRequest, queryset: QuerySet[DataPull]) -> HttpResponse | None:
        for pull in queryset:
            text = _("%s stops after its chunk.") if start.cancel(pull.pk) else _("%s is over already.")
            self.message_user(request, text % pull, messages.INFO)
        return to_page(queryset)

    @asking("Resume", "These pulls go on at the chunk where they stopped. Resume them?")
    def resume(self, request: HttpRequest, queryset: QuerySet[DataPull]) -> HttpResponse | None:
        for pull in queryset:
            text = _("%s goes on.") if start.resume(pull.pk) else _("%s did not stop underway.")
            self.message_user(request, text % pull, messages.INFO)
        return to_page(queryset)


def _plan(pull: DataPull) -> str:
    context = {"plan": numbers.plan(pull), "removals": list(numbers.removals(pull)), "pull": pull}
    return render_to_string("feedsync_consumers/plan.html", context)


def _sensible(pull: DataPull) -> dict[str, Any]:
    """{action: label}"""
    if pull.status == DataPull.Status.CONFIRM:
        return {"confirm": _("Confirm removals…"), "cancel": _("Cancel")}
    if _is_silent(pull):
        return {"resume": _("Its worker is gone: resume")}
    if pull.status in ACTIVE:
        return {} if pull.cancel_requested else {"cancel": _("Cancel")}
    return {} if pull.status == DataPull.Status.DONE else {"resume": _("Resume")}


def _is_silent(pull: DataPull) -> bool:
    from consumers.pull import lease  # with requests and apply, which a process that shows no pull never needs

    return (
        pull.status == DataPull.Status.RUNNING
        and DataPull.objects.filter(lease.free(timezone.now()), pk=pull.pk).exists()
    )
