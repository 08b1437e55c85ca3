"""The publishing side in the admin: what waits, what is known, and what could not be published; all to look at only."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from feedsync import outbox, presentation
from feedsync.confirmation import asking
from feedsync.models import DeadChange, FeedState, LedgerEntry, Mark
from feedsync.snapshot import group_by_feed


class LookOnly(admin.ModelAdmin):
    """No adding, no changing of values; deleting only where a class allows it."""

    show_full_result_count = False
    list_per_page = 50

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return self.get_fields(request, obj)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> Any:
        buttons = {"show_save": False, "show_save_and_continue": False, "show_save_and_add_another": False}
        return super().change_view(request, object_id, form_url, {**buttons, **(extra_context or {})})

    @admin.display(description=_("natural key"))
    def object_key(self, obj: Any) -> str:
        return presentation.key(obj.key) if obj.key else "-"

    @admin.display(description=_("version"))
    def version_moment(self, obj: Any) -> str:
        return presentation.moment(obj.version)


@admin.register(LedgerEntry)
class LedgerEntryAdmin(LookOnly):
    list_display = ["object_key", "feed", "object_pk", "version_moment", "origin", "is_deleted"]
    list_filter = ["feed", "origin"]
    search_fields = ["key"]
    fields = ["feed", "object_key", "object_pk", "version_moment", "origin", "content_hash", "deleted_at"]

    @admin.display(description=_("exists"), boolean=True)
    def is_deleted(self, obj: LedgerEntry) -> bool:
        return obj.deleted_at is None


@admin.register(Mark)
class MarkAdmin(LookOnly):
    list_display = ["feed", "object_pk", "object_key", "at", "attempts"]
    list_filter = ["feed"]
    fields = ["feed", "object_pk", "object_key", "at", "attempts"]


@admin.register(FeedState)
class FeedStateAdmin(LookOnly):
    list_display = ["feed", "unchecked_since", "cause"]
    fields = ["feed", "unchecked_since", "cause"]


@admin.register(DeadChange)
class DeadChangeAdmin(LookOnly):
    """What needs a person: shown with its reason; tried again or given up on purpose only."""

    list_display = ["object_key", "feed", "side", "origin", "reason_line", "created_at"]
    list_filter = ["side", "feed", "origin"]
    search_fields = ["key", "reason"]
    fields = ["side", "feed", "object_key", "version_moment", "origin", "reason", "created_at", "content"]
    actions = ["retry", "discard"]

    @admin.display(description=_("reason"))
    def reason_line(self, obj: DeadChange) -> str:
        return obj.reason if len(obj.reason) <= 120 else f"{obj.reason[:120]}…"

    @admin.display(description=_("content"))
    def content(self, obj: DeadChange) -> SafeString:
        return presentation.payload(obj.payload) if obj.payload else SafeString("-")

    @asking("Try again", "These changes are tried once more. Did you mend what stopped them?")
    def retry(self, request: HttpRequest, queryset: QuerySet[DeadChange]) -> None:
        count = self.retry_source(queryset.filter(side=DeadChange.Side.SOURCE))
        self.message_user(request, _("%d changes will be published again.") % count, messages.SUCCESS)

    @asking("Discard", "These changes are forgotten: what they say will not arrive unless the objects change again.")
    def discard(self, request: HttpRequest, queryset: QuerySet[DeadChange]) -> None:
        count, _by_model = queryset.delete()
        self.message_user(request, _("%d changes were discarded.") % count, messages.SUCCESS)

    def retry_source(self, queryset: QuerySet[DeadChange]) -> int:
        """Mark the objects again; the relay does the rest."""
        dead = list(queryset)
        pairs = ((change.feed, (change.object_pk, None)) for change in dead if change.object_pk)
        outbox.mark_all(queryset.db, group_by_feed(pairs))
        queryset.filter(pk__in=[change.pk for change in dead]).delete()
        return len(dead)
