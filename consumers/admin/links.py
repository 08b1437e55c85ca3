"""Ways through the admin: rows or a count of them in, a link or a redirect to where they are shown out."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.html import format_html
from django.utils.http import urlencode
from django.utils.safestring import SafeString

from consumers.models import DataPull


def page(pull_id: int) -> str:
    return reverse("admin:feedsync_consumers_datapull_change", args=[pull_id])


def to_page(pulls: QuerySet[DataPull]) -> HttpResponse | None:
    """To the pull where it is one; None stays on the list."""
    pks = list(pulls.values_list("pk", flat=True)[:2])
    return HttpResponseRedirect(page(pks[0])) if len(pks) == 1 else None


def parked(count: int, origin: str) -> SafeString:
    return _listed(count, "feedsync_consumers_parkedchange", origin=origin)


def dead(count: int, origin: str) -> SafeString:
    return _listed(count, "feedsync_deadchange", origin=origin, side="replica")


def _listed(count: int, model: str, **filters: Any) -> SafeString:
    """The number, as a link to the rows where there are any."""
    if not count:
        return format_html("{}", 0)
    return format_html('<a href="{}?{}">{}</a>', reverse(f"admin:{model}_changelist"), urlencode(filters), f"{count:,}")
