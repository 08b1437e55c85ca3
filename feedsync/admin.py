"""The publishing side in the admin: what waits, what is known, and what could not be published; all to look at only."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from feedsync import natural_keys, outbox, presentation, registry
from feedsync.confirmation import ActingAdmin, asking
from feedsync.models import DeadChange, FeedState, KnownFile, LedgerEntry, Mark
from feedsync.relay import pausing
from feedsync.snapshot import group_by_feed


class FeedFilter(admin.SimpleListFilter):
    """By feed, named by the registry: asking a large table for the values that it has would read all of it."""

    title = _("feed")
    parameter_name = "feed"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(feed.label, feed.label) for feed in sorted(registry.feeds(), key=lambda feed: feed.label)]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(feed=self.value()) if self.value() else queryset


class LookOnly(ActingAdmin):
    """No adding, changing or deleting of values by hand."""

    show_full_result_count = False
    list_per_page = 50

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return self.get_fields(request, obj)

    @admin.display(description=_("natural key"))
    def object_key(self, obj: Any) -> str:
        return natural_keys.readable(obj.key) if obj.key else "-"

    @admin.display(description=_("version"), ordering="version")
    def version_moment(self, obj: Any) -> str:
        return presentation.moment(obj.version)


@admin.register(LedgerEntry)
class LedgerEntryAdmin(LookOnly):
    list_display = ["object_key", "feed", "object_pk", "version_moment", "origin", "exists"]
    list_filter = [FeedFilter]
    search_fields = ["key"]
    search_help_text = _("Any part of the natural key.")
    fields = ["feed", "object_key", "object_pk", "version_moment", "origin", "content_hash", "deleted_at"]

    @admin.display(description=_("exists"), boolean=True)
    def exists(self, obj: LedgerEntry) -> bool:
        return obj.deleted_at is None and obj.object_pk is not None


@admin.register(Mark)
class MarkAdmin(LookOnly):
    list_display = ["__str__", "object_key", "at", "attempts"]
    list_filter = [FeedFilter]
    fields = ["feed", "object_pk", "object_key", "at", "attempts"]


@admin.register(FeedState)
class FeedStateAdmin(LookOnly):
    list_display = ["feed", "pull_needed", "unchecked_since", "cause", "paused_since"]
    fields = ["feed", "pull_needed", "unchecked_since", "cause", "paused_since", "paused_because"]
    actions = ["resume"]

    @admin.display(description=_("pull needed"))
    def pull_needed(self, obj: FeedState) -> str:
        return str(_("yes") if obj.unchecked_since else _("no"))

    @asking("Resume", "These feeds are published again. Is what made their objects go back and forth mended?")
    def resume(self, request: HttpRequest, queryset: QuerySet[FeedState]) -> None:
        count = sum(pausing.resume(queryset.db, state.feed) for state in queryset)
        text = ngettext("%d feed is published again.", "%d feeds are published again.", count)
        self.message_user(request, text % count, messages.SUCCESS)


class ProblemFilter(admin.SimpleListFilter):
    title = _("problem")
    parameter_name = "problem"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("yes", _("can't be sent"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.exclude(problem="") if self.value() else queryset


@admin.register(KnownFile)
class KnownFileAdmin(LookOnly):
    list_display = ["name", "place", "size", "problem"]
    list_filter = [ProblemFilter]
    search_fields = ["name", "wire_name"]
    fields = ["place", "name", "wire_name", "size", "modified", "sha256", "problem"]


@admin.register(DeadChange)
class DeadChangeAdmin(LookOnly):
    """What needs a person: shown with its reason; tried again or given up on purpose only."""

    list_display = ["object_key", "feed", "side", "origin", "reason_line", "created_at"]
    list_filter = ["side", "feed", "origin"]
    search_fields = ["key", "reason"]
    search_help_text = _("Any part of the natural key or of the reason.")
    fields = ["side", "feed", "object_key", "version_moment", "origin", "reason", "created_at", "content"]
    actions = ["retry", "discard"]

    @admin.display(description=_("reason"))
    def reason_line(self, obj: DeadChange) -> str:
        return obj.reason if len(obj.reason) <= 120 else f"{obj.reason[:120]}…"

    @admin.display(description=_("content"))
    def content(self, obj: DeadChange) -> SafeString:
        return presentation.payload(obj.payload) if obj.payload else SafeString("-")

    @asking("Try again", "These changes are tried once more. Is what stopped them mended?")
    def retry(self, request: HttpRequest, queryset: QuerySet[DeadChange]) -> None:
        self.publish_again(request, queryset.filter(side=DeadChange.Side.SOURCE))

    @asking("Discard", "These changes are forgotten: what they say will not arrive unless the objects change again.")
    def discard(self, request: HttpRequest, queryset: QuerySet[DeadChange]) -> None:
        discard(self, request, queryset)

    def publish_again(self, request: HttpRequest, queryset: QuerySet[DeadChange]) -> None:
        """Mark the objects again; the relay does the rest."""
        dead = list(queryset)
        pairs = ((change.feed, change.object_pk) for change in dead if change.object_pk)
        for label, pks in group_by_feed(pairs).items():
            outbox.mark_anew(queryset.db, label, pks)
        queryset.filter(pk__in=[change.pk for change in dead]).delete()
        text = ngettext("%d change will be published again.", "%d changes will be published again.", len(dead))
        self.message_user(request, text % len(dead), messages.SUCCESS)


def discard(model_admin: admin.ModelAdmin, request: HttpRequest, queryset: QuerySet[Any]) -> None:
    count, _by_model = queryset.delete()
    text = ngettext("%d change was discarded.", "%d changes were discarded.", count)
    model_admin.message_user(request, text % count, messages.SUCCESS)
