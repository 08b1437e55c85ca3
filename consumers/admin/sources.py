"""Data sources in the admin: how each is doing, and "Pull now"."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings as django_settings
from django.contrib import admin, messages
from django.db import router, transaction
from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.timesince import timesince
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from consumers.admin import links
from consumers.http.addresses import check_url
from consumers.models import DataPull, DataSource, ParkedChange
from feedsync.conf import settings
from feedsync.confirmation import ActingAdmin, asking
from feedsync.errors import UnsafeUrl
from feedsync.models import DeadChange

ACTIVE = (DataPull.Status.WAITING, DataPull.Status.RUNNING)


class DataSourceForm(forms.ModelForm):
    """Refuses URLs that this environment must not connect to, before anything is asked there."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "delivery" in self.fields:
            self.fields["delivery"].required = False

    def clean_delivery(self) -> str:
        return self.cleaned_data["delivery"] or DataSource.Delivery.STREAM

    def clean_env_url(self) -> str:
        url: str = self.cleaned_data["env_url"].strip().rstrip("/")
        try:
            check_url(url, allow_private=settings().allow_private_sources or django_settings.DEBUG)
        except UnsafeUrl as error:
            raise forms.ValidationError(str(error)) from error
        return url

    def clean_env_name(self) -> str:
        name: str = self.cleaned_data["env_name"]
        if name == settings().environment:
            raise forms.ValidationError(_("This is the name of this environment itself."))
        return name


@admin.register(DataSource)
class DataSourceAdmin(ActingAdmin):
    form = DataSourceForm
    list_display = ["env_name", "env_url", "enabled", "last_pull", "feed", "parked", "dead"]
    readonly_fields = ["feed", "last_pull", "parked", "dead"]
    actions = ["pull_now", "rehearse", "mirror", "rehearse_mirror"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[DataSource]:
        """With last pull and counts, in one query."""
        last = DataPull.objects.filter(data_source=OuterRef("pk")).order_by("-id")
        parked = ParkedChange.objects.filter(origin=OuterRef("env_name"))
        dead = DeadChange.objects.filter(origin=OuterRef("env_name"), side=DeadChange.Side.REPLICA)
        sources: QuerySet[DataSource] = super().get_queryset(request)
        return sources.annotate(
            last_pull_id=Subquery(last.values("pk")[:1]),
            last_status=Subquery(last.values("status")[:1]),
            last_at=Subquery(last.values("created_at")[:1]),
            parked_count=_count(parked),
            dead_count=_count(dead),
        )

    def get_fields(self, request: HttpRequest, obj: DataSource | None = None) -> Any:
        """What a source is, and how it is doing once it exists."""
        return ["env_name", "env_url", "delivery", "enabled", *(self.readonly_fields if obj else [])]

    def save_model(self, request: HttpRequest, obj: DataSource, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        if not change and obj.enabled:
            pull = obj.pulls.latest("pk")
            text = format_html(gettext('The <a href="{}">first pull from {}</a> starts now.'), links.page(pull.pk), obj)
            self._tell(request, pull, text)

    @admin.display(description=_("last pull"))
    def last_pull(self, obj: Any) -> str:
        if obj.last_pull_id is None:
            return str(_("never"))
        status = DataPull.Status(obj.last_status).label
        ago = _("%s ago") % timesince(obj.last_at)
        return format_html('<a href="{}">{}</a>, {}', links.page(obj.last_pull_id), status, ago)

    @admin.display(description=_("live feed"))
    def feed(self, obj: Any) -> str:
        """Whoever wrote that it is a snapshot while the pull that makes the subscription waits would alarm people."""
        if obj.subscription:
            return str(obj.subscription.rpartition("/")[2])
        return str(_("begins with the pull") if obj.last_status in ACTIVE else _("snapshot only"))

    @admin.display(description=_("parked"), ordering="parked_count")
    def parked(self, obj: Any) -> SafeString:
        return links.parked(obj.parked_count, obj.env_name)

    @admin.display(description=_("dead"), ordering="dead_count")
    def dead(self, obj: Any) -> SafeString:
        return links.dead(obj.dead_count, obj.env_name)

    @asking("Pull now", "All objects of these sources are compared with ours, and made the same here. Start?")
    def pull_now(self, request: HttpRequest, queryset: QuerySet[DataSource]) -> HttpResponse | None:
        return self._pull(request, queryset, DataPull.Mode.REPAIR)

    @asking("Rehearse a pull", "The pull is carried out and taken back chunk by chunk, to see what it would do. Start?")
    def rehearse(self, request: HttpRequest, queryset: QuerySet[DataSource]) -> HttpResponse | None:
        return self._pull(request, queryset, DataPull.Mode.DRY_RUN)

    @asking(
        "Mirror",
        "All objects of these sources are made the same here, and what a source doesn't have is removed. If that is "
        "much, it waits for another confirmation with the numbers. Start?",
    )
    def mirror(self, request: HttpRequest, queryset: QuerySet[DataSource]) -> HttpResponse | None:
        return self._pull(request, queryset, DataPull.Mode.MIRROR)

    @asking("Rehearse a mirror", "Nothing is written; the report tells what would change and what would go. Start?")
    def rehearse_mirror(self, request: HttpRequest, queryset: QuerySet[DataSource]) -> HttpResponse | None:
        return self._pull(request, queryset, DataPull.Mode.MIRROR_DRY)

    def _pull(self, request: HttpRequest, queryset: QuerySet[DataSource], mode: DataPull.Mode) -> HttpResponse | None:
        started = []
        for source in queryset:
            if not source.enabled:
                self.message_user(request, _("%s is disabled.") % source, messages.WARNING)
                continue
            pull = DataPull.objects.create(data_source=source, mode=mode)
            started.append(pull.pk)
            text = format_html(gettext('<a href="{}">{}</a> has started.'), links.page(pull.pk), pull)
            self._tell(request, pull, text)
        return links.to_page(DataPull.objects.filter(pk__in=started))

    def _tell(self, request: HttpRequest, pull: DataPull, text: SafeString) -> None:
        """That the pull has started; or, once that was tried, why it could not."""

        def tell() -> None:
            pull.refresh_from_db(fields=["status", "message"])
            failed = pull.status == DataPull.Status.FAILED
            why = format_html('<a href="{}">{}</a>: {}', links.page(pull.pk), pull, pull.message)
            self.message_user(request, why if failed else text, messages.ERROR if failed else messages.SUCCESS)

        transaction.on_commit(tell, using=router.db_for_write(DataPull))


def _count(queryset: QuerySet[Any]) -> Coalesce:
    counted = queryset.order_by().values("origin").annotate(number=Count("pk")).values("number")
    return Coalesce(Subquery(counted), 0)
