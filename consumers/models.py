"""The tables of the subscribing side: where data comes from, each pull, and changes that wait.

`ParkedChange` lives in the database of the feed's rows (R6); `DataSource` and `DataPull` in the default one.
"""

from __future__ import annotations

from typing import Any

from django.core.validators import RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from feedsync import natural_keys
from feedsync.moments import UtcNow


class DataSource(models.Model):
    """An environment to read from. Adding one starts a full pull.

    `forwards`, `hears`: whose changes it passes on (True for everybody's), and whose it receives, as its contract said
    at `asked_at` (P7).
    """

    class Delivery(models.TextChoices):
        STREAM = "stream", _("feedsync_consume fetches the changes")
        PUSH = "push", _("Pub/Sub sends the changes to feedsync/push/")

    env_name = models.CharField(
        _("environment"),
        max_length=100,
        unique=True,
        validators=[RegexValidator(r"^[\w-]+$", _("Only letters, digits, '-' and '_', as in an ENVIRONMENT."))],
        help_text=_('The name that the source has in its FEEDSYNC["ENVIRONMENT"].'),
    )
    env_url = models.CharField(
        _("URL"),
        max_length=500,
        help_text=_("Where the source answers, up to feedsync's include prefix, without an end slash."),
    )
    delivery = models.CharField(
        _("delivery"),
        max_length=10,
        choices=Delivery.choices,
        default=Delivery.STREAM,
        db_default=Delivery.STREAM,
        help_text=_("Run feedsync_setup after changing this."),
    )
    enabled = models.BooleanField(
        _("enabled"), default=True, help_text=_("Whether its changes are received and pulls may run.")
    )
    subscription = models.CharField(
        _("subscription"),
        max_length=500,
        blank=True,
        help_text=_(
            "The Pub/Sub subscription that brings its changes; empty: snapshot only. Filled in by the first pull."
        ),
    )
    incarnation = models.CharField(max_length=32, blank=True, editable=False)
    forwards = models.JSONField(null=True, editable=False)
    hears = models.JSONField(null=True, editable=False)
    asked_at = models.DateTimeField(null=True, editable=False)
    last_received_at = models.DateTimeField(_("last received"), null=True, editable=False)
    lag_milliseconds = models.PositiveIntegerField(
        _("lag"), null=True, editable=False, help_text=_("From publication until applied, milliseconds, last time.")
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("data source")
        ordering = ["env_name"]

    def __str__(self) -> str:
        return self.env_name


def empty_progress() -> dict[str, Any]:
    return {}


class DataPull(models.Model):
    """One full pull from a source. Adding one runs it.

    `progress`: {"cursor", "feeds": {label: {"total", "seen"}}, "created", "updated", "unchanged", "parked", "dead",
    "deleted", "rate", "verdict", "changed": {label: {"created", "updated", "deleted"}}, "plan", "report"}. `plan`: of a
    mirror, {label: {"created", "updated", "deleted", "here", "sent"}}, before it removes anything.
    `confirmed_by`, `confirmed_at`: who let it remove that much.
    `heartbeat_at`, `worker`: the lease of whoever runs it; a silent worker is taken over from the cursor.
    `step`: how often it was handed on to another worker, or started again.
    """

    class Status(models.TextChoices):
        WAITING = "waiting", _("waiting")
        RUNNING = "running", _("running")
        CONFIRM = "confirm", _("waits for confirmation")
        DONE = "done", _("done")
        FAILED = "failed", _("failed")
        CANCELLED = "cancelled", _("cancelled")

    class Mode(models.TextChoices):
        REPAIR = "repair", _("make the source's objects the same here")
        DRY_RUN = "dry_run", _("only report what would change")
        MIRROR = "mirror", _("mirror: also remove what the source doesn't have")
        MIRROR_DRY = "mirror_dry", _("only report what a mirror would do")

    data_source = models.ForeignKey(DataSource, models.CASCADE, related_name="pulls", verbose_name=_("data source"))
    status = models.CharField(_("status"), max_length=10, choices=Status.choices, default=Status.WAITING, db_index=True)
    mode = models.CharField(_("mode"), max_length=10, choices=Mode.choices, default=Mode.REPAIR)
    progress = models.JSONField(_("progress"), default=empty_progress, blank=True)
    message = models.TextField(_("message"), blank=True)
    cancel_requested = models.BooleanField(default=False)
    step = models.PositiveIntegerField(default=0, db_default=0, editable=False)
    confirmed_by = models.CharField(_("confirmed by"), max_length=150, blank=True, default="", db_default="")
    confirmed_at = models.DateTimeField(_("confirmed"), null=True)
    worker = models.CharField(max_length=100, blank=True)
    heartbeat_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(_("created"), db_default=UtcNow())
    started_at = models.DateTimeField(_("started"), null=True)
    finished_at = models.DateTimeField(_("finished"), null=True)

    class Meta:
        verbose_name = _("data pull")
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.data_source} #{self.pk}"


class SeenKey(models.Model):
    """An object that a mirror's stream brought (P5). Of one pull, gone when that is over."""

    id = models.BigAutoField(primary_key=True)
    pull = models.ForeignKey(DataPull, models.CASCADE, related_name="+", db_index=False)
    feed = models.CharField(max_length=200)
    key_hash = models.CharField(max_length=32)

    class Meta:
        verbose_name = _("seen key")
        constraints = [models.UniqueConstraint(fields=["pull", "feed", "key_hash"], name="feedsync_seen_key")]

    def __str__(self) -> str:
        return f"{self.feed} {self.key_hash}"


class Removal(models.Model):
    """An object that a mirror is about to remove, in order. `reason`: why it could not be removed yet."""

    id = models.BigAutoField(primary_key=True)
    pull = models.ForeignKey(DataPull, models.CASCADE, related_name="removals")
    feed = models.CharField(max_length=200)
    key = models.TextField()
    reason = models.TextField(blank=True)

    class Meta:
        verbose_name = _("removal")

    def __str__(self) -> str:
        return f"{self.feed} {natural_keys.readable(self.key)}"


class ReportPart(models.Model):
    """Some lines of a pull's report, each a difference as JSON."""

    id = models.BigAutoField(primary_key=True)
    pull = models.ForeignKey(DataPull, models.CASCADE, related_name="report_parts")
    lines = models.TextField()

    class Meta:
        verbose_name = _("part of a report")
        verbose_name_plural = _("parts of reports")

    def __str__(self) -> str:
        return f"{self.pull_id} {self.pk}"


class ParkedChange(models.Model):
    """A change that can't be applied yet: one an object and origin, newest wins (R17).

    `waits_feed`, `waits_key_hash`: the object that it waits for; empty where it waits for something else to move
    (a unique conflict).
    """

    class Reason(models.TextChoices):
        MISSING = "missing", _("an object that it refers to is not here yet")
        CONFLICT = "conflict", _("a unique value is taken by another object")
        PROTECTED = "protected", _("something that is alive depends on it")
        CLOCK = "clock", _("it comes from the future")
        WIRE = "wire", _("it needs a newer feedsync or newer models here")
        FILE = "file", _("a file of it is not here yet")
        FORWARDED = "forwarded", _("its source has not said that it forwards")

    id = models.BigAutoField(primary_key=True)
    feed = models.CharField(max_length=200)
    key_hash = models.CharField(max_length=32)
    key = models.TextField()
    version = models.BigIntegerField()
    origin = models.CharField(max_length=100)
    payload = models.TextField()
    reason = models.CharField(max_length=10, choices=Reason.choices)
    detail = models.TextField(blank=True)
    waits_feed = models.CharField(max_length=200, blank=True)
    waits_key_hash = models.CharField(max_length=32, blank=True)
    waits_key = models.TextField(blank=True)
    parked_at = models.DateTimeField(db_default=UtcNow())
    retry_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("parked change")
        constraints = [models.UniqueConstraint(fields=["feed", "key_hash", "origin"], name="feedsync_parked_object")]
        indexes = [models.Index(fields=["waits_feed", "waits_key_hash"], name="feedsync_parked_awaited")]

    def __str__(self) -> str:
        return f"{self.feed} {natural_keys.readable(self.key)}"


class Conflict(models.Model):
    """Two edits of one object, made in two environments that did not know of each other's (P1).

    The winner, by version and then by the origin's name, is in effect; the loser is kept here, in the environment that
    made it, or that refused it. `winner`, `loser`: changes as on the wire.
    """

    class Status(models.TextChoices):
        OPEN = "open", _("open")
        KEPT = "kept", _("kept what is in effect")
        TAKEN = "taken", _("took the other version")

    id = models.BigAutoField(primary_key=True)
    feed = models.CharField(max_length=200)
    key = models.TextField()
    key_hash = models.CharField(max_length=32)
    winner = models.TextField()
    winner_version = models.BigIntegerField()
    winner_origin = models.CharField(max_length=100)
    loser = models.TextField()
    loser_version = models.BigIntegerField()
    loser_origin = models.CharField(max_length=100)
    status = models.CharField(_("status"), max_length=10, choices=Status.choices, default=Status.OPEN)
    decided_by = models.CharField(max_length=150, blank=True)
    decided_at = models.DateTimeField(null=True)
    noticed_at = models.DateTimeField(_("noticed"), db_default=UtcNow(), db_index=True)

    class Meta:
        verbose_name = _("conflict")
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["feed", "key_hash", "loser_origin", "loser_version"], name="feedsync_conflict_loser"
            )
        ]

    def __str__(self) -> str:
        return f"{self.feed} {natural_keys.readable(self.key)}"
