"""Conflicts in the admin: both edits side by side, field by field, and a button for each."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from consumers.conflicts import deciding, keeping
from consumers.conflicts.deciding import Decision
from consumers.models import Conflict
from feedsync import clock, presentation
from feedsync.admin import FeedFilter, LookOnly
from feedsync.confirmation import asking
from feedsync.wire.page import Change

SAID = {
    Decision.DONE: (_("%s: done."), messages.SUCCESS),
    Decision.DECIDED: (_("%s was decided already."), messages.INFO),
    Decision.WAITS: (
        _("%s: the other version can't be written now: an object that it refers to is missing, or a value is taken."),
        messages.WARNING,
    ),
    Decision.CHANGED: (_("%s was edited again since: look at it as it is now."), messages.WARNING),
    Decision.UNREGISTERED: (_("%s: its model is not registered any more."), messages.WARNING),
}


@admin.register(Conflict)
class ConflictAdmin(LookOnly):
    list_display = ["object_key", "feed", "status", "won", "lost"]
    list_filter = ["status", FeedFilter]
    search_fields = ["key"]
    search_help_text = _("Any part of the natural key.")
    fields = ["object_key", "feed", "status", "decided", "noticed_at", "comparison"]
    actions = ["keep", "take"]

    @admin.display(description=_("in effect"))
    def won(self, obj: Conflict) -> str:
        return _edited(keeping.winner_of(obj))

    @admin.display(description=_("kept here"))
    def lost(self, obj: Conflict) -> str:
        return _edited(keeping.loser_of(obj))

    @admin.display(description=_("decided"))
    def decided(self, obj: Conflict) -> str:
        return f"{obj.decided_by}, {obj.decided_at:%Y-%m-%d %H:%M}" if obj.decided_at else "-"

    @admin.display(description=_("both versions"))
    def comparison(self, obj: Conflict) -> SafeString:
        winner, loser = keeping.winner_of(obj), keeping.loser_of(obj)
        rows = format_html_join("", "<tr{}><th scope='row'>{}</th><td>{}</td><td>{}</td></tr>", _rows(winner, loser))
        head = (_("field"), _("in effect"), _edited(winner), _("kept here"), _edited(loser))
        return format_html(
            "<table class='feedsync-comparison'><thead><tr><th>{}</th><th>{}<br>{}</th><th>{}<br>{}</th></tr></thead>"
            "<tbody>{}</tbody></table>",
            *head,
            rows,
        )

    def buttons(self, request: HttpRequest, object_id: str) -> Iterator[dict[str, Any]]:
        """Only while there is something to decide."""
        row = self.get_object(request, object_id)
        if row is not None and row.status == Conflict.Status.OPEN:
            yield from super().buttons(request, object_id)

    @asking("Keep what is in effect", "Nothing is written; these conflicts are decided. Keep what is in effect?")
    def keep(self, request: HttpRequest, queryset: QuerySet[Conflict]) -> None:
        for row in queryset:
            self._say(request, row, deciding.keep(row, request.user.get_username()))

    @asking(
        "Take the other version",
        "The other version's values are written here as a new edit, and published to every environment. Take them?",
    )
    def take(self, request: HttpRequest, queryset: QuerySet[Conflict]) -> None:
        for row in queryset:
            self._say(request, row, deciding.take(row, request.user.get_username()))

    def _say(self, request: HttpRequest, row: Conflict, decision: Decision) -> None:
        text, level = SAID[decision]
        self.message_user(request, text % row, level)


def _edited(change: Change) -> str:
    moment = presentation.moment(clock.at(change.marked_at) if change.marked_at else change.version)
    text = _("%(origin)s, deleted %(moment)s") if change.deleted else _("%(origin)s, edited %(moment)s")
    return str(text % {"origin": change.origin, "moment": moment})


def _rows(winner: Change, loser: Change) -> Iterator[tuple[SafeString, str, str, str]]:
    """(attribute, field, value in effect, value kept); a deletion has no values."""
    one, other = winner.fields or {}, loser.fields or {}
    for name in sorted({*one, *other}):
        values = [presentation.value(fields[name]) if name in fields else "-" for fields in (one, other)]
        differs = name not in one or name not in other or one[name] != other[name]
        yield SafeString(' class="feedsync-differs"' if differs else ""), name, values[0], values[1]
