"""Changes that wait: parked ones and dead ones, with their reason in words, to be tried again or discarded."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from consumers.models import ParkedChange
from consumers.retry import retry_dead, retry_parked
from feedsync import natural_keys, presentation
from feedsync.admin import DeadChangeAdmin, LookOnly, discard
from feedsync.confirmation import asking
from feedsync.models import DeadChange


@admin.register(ParkedChange)
class ParkedChangeAdmin(LookOnly):
    list_display = ["object_key", "feed", "origin", "reason", "awaited", "detail_line", "parked_at"]
    list_filter = ["reason", "feed", "origin"]
    search_fields = ["key", "waits_key"]
    search_help_text = _("Any part of the natural key, or of the key that is waited for.")
    fields = ["feed", "object_key", "version_moment", "origin", "reason", "awaited", "detail", "parked_at", "content"]
    actions = ["retry", "discard"]

    @admin.display(description=_("waits for"))
    def awaited(self, obj: ParkedChange) -> str:
        return f"{obj.waits_feed} {natural_keys.readable(obj.waits_key)}" if obj.waits_key else "-"

    @admin.display(description=_("detail"))
    def detail_line(self, obj: ParkedChange) -> str:
        return obj.detail if len(obj.detail) <= 120 else f"{obj.detail[:120]}…"

    @admin.display(description=_("content"))
    def content(self, obj: ParkedChange) -> SafeString:
        return presentation.payload(obj.payload)

    @asking("Try again", "These changes are tried once more now; what still can't be applied stays parked.")
    def retry(self, request: HttpRequest, queryset: QuerySet[ParkedChange]) -> None:
        _report(self, request, retry_parked(queryset))

    @asking("Discard", "These changes are forgotten: what they say will not arrive unless the objects change again.")
    def discard(self, request: HttpRequest, queryset: QuerySet[ParkedChange]) -> None:
        discard(self, request, queryset)


class ReplicaDeadChangeAdmin(DeadChangeAdmin):
    """Dead changes of both sides: those of the replica are applied again."""

    @asking("Try again", "These changes are tried once more. Is what stopped them mended?")
    def retry(self, request: HttpRequest, queryset: QuerySet[DeadChange]) -> None:
        source = queryset.filter(side=DeadChange.Side.SOURCE)
        if source.exists():
            self.publish_again(request, source)
        replica = queryset.filter(side=DeadChange.Side.REPLICA)
        if replica.exists():
            _report(self, request, retry_dead(replica))


def _report(model_admin: Any, request: HttpRequest, outcome: Any) -> None:
    waiting = outcome.parked + outcome.dead
    numbers = {"done": f"{outcome.total - waiting:,}", "waiting": f"{waiting:,}"}
    text = _("Applied: %(done)s. Still waiting: %(waiting)s.") if waiting else _("Applied: %(done)s.")
    model_admin.message_user(request, text % numbers, messages.WARNING if waiting else messages.SUCCESS)


admin.site.unregister(DeadChange)
admin.site.register(DeadChange, ReplicaDeadChangeAdmin)
