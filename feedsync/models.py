"""The tables of the publishing side, in every database that holds rows of a feed (R6).

`Mark` is the outbox, `Clock` the one row of time, `LedgerEntry` what is known of each object, `Lease` who relays which
lane.
"""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from feedsync import natural_keys
from feedsync.moments import UtcNow
from feedsync.sparse import SparseIndex

LANES = 8


class Mark(models.Model):
    """ "This object may have changed", written in the transaction of the change (R1, R2).

    `key`: canonical natural key, only where the row was being deleted; empty where a trigger could not tell it.
    `lane`: code of the last character of `object_pk`, modulo LANES. `attempts`: how often a relay reserved a version
    for it (R9).
    """

    id = models.BigAutoField(primary_key=True)
    feed = models.CharField(max_length=200)
    object_pk = models.CharField(max_length=255)
    lane = models.SmallIntegerField()
    key = models.TextField(null=True)
    at = models.DateTimeField(db_default=UtcNow())
    attempts = models.SmallIntegerField(default=0, db_default=0)

    class Meta:
        verbose_name = _("mark")
        indexes = [models.Index(fields=["feed", "object_pk"], name="feedsync_mark_object")]

    def __str__(self) -> str:
        return f"{self.feed} {self.object_pk}"


class ForwardMark(models.Model):
    """ "This object came from another environment, and is to be passed on", written in the transaction that applied it
    (P7).

    `version`: the one that was applied. `marked_at`: milliseconds, when the edit was made, as the change said.
    """

    id = models.BigAutoField(primary_key=True)
    feed = models.CharField(max_length=200)
    key_hash = models.CharField(max_length=32)
    version = models.BigIntegerField()
    marked_at = models.BigIntegerField(default=0)
    at = models.DateTimeField(db_default=UtcNow())

    class Meta:
        verbose_name = _("forward mark")

    def __str__(self) -> str:
        return f"{self.feed} {self.key_hash}"


class Clock(models.Model):
    """One row: the last version given, where this database's history began, and whose it is (P10)."""

    id = models.SmallIntegerField(primary_key=True, default=1)
    last = models.BigIntegerField()
    genesis = models.BigIntegerField()
    incarnation = models.CharField(max_length=32)
    environment = models.CharField(max_length=100, blank=True)

    class Meta:
        verbose_name = _("clock")
        constraints = [models.CheckConstraint(condition=models.Q(id=1), name="feedsync_one_clock")]

    def __str__(self) -> str:
        return str(self.last)


class LedgerEntry(models.Model):
    """One object: its key, where it lies, and the version that its registered state has.

    `content_hash`: of the state last relayed or applied, empty for unknown. `deleted_at`: a tombstone. `successor`: key
    hash that a re-keyed object lives under now, a forwarding tombstone (P3). A version and neither `object_pk` nor
    `deleted_at`: a mirror removed the object here, which is nobody else's business (P5). `buried`: version of the last
    deletion known of the key, also while another object has it.
    """

    id = models.BigAutoField(primary_key=True)
    feed = models.CharField(max_length=200)
    key_hash = models.CharField(max_length=32)
    key = models.TextField()
    object_pk = models.CharField(max_length=255, null=True)
    version = models.BigIntegerField(default=0)
    origin = models.CharField(max_length=100, blank=True)
    content_hash = models.CharField(max_length=32, blank=True)
    deleted_at = models.DateTimeField(null=True)
    successor = models.CharField(max_length=32, blank=True)
    buried = models.BigIntegerField(default=0, db_default=0)

    class Meta:
        verbose_name = _("ledger entry")
        verbose_name_plural = _("ledger entries")
        constraints = [models.UniqueConstraint(fields=["feed", "key_hash"], name="feedsync_ledger_key")]
        indexes = [
            models.Index(fields=["feed", "object_pk"], name="feedsync_ledger_object"),
            SparseIndex(
                fields=["feed", "successor"], name="feedsync_ledger_successor", where=models.Q(successor__gt="")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.feed} {natural_keys.readable(self.key)}"


class Lease(models.Model):
    """Who works on a lane until when; for throughput only. `token` grows with each holder (fencing)."""

    name = models.CharField(max_length=100, primary_key=True)
    holder = models.CharField(max_length=100)
    token = models.BigIntegerField(default=0)
    until = models.DateTimeField()

    class Meta:
        verbose_name = _("lease")

    def __str__(self) -> str:
        return f"{self.name}: {self.holder}"


class FeedState(models.Model):
    """What this database remembers of a feed.

    `fingerprint`: of the registration last seen (R29). `unchecked_since`: writes went past the capture, a pull is
    needed and the relay's unchanged check is off until the feed was exported (R7). `paused_since`: nothing of it is
    published, because an object of it went back and forth (P7).
    """

    feed = models.CharField(max_length=200, primary_key=True)
    fingerprint = models.CharField(max_length=32, blank=True)
    unchecked_since = models.DateTimeField(null=True)
    cause = models.CharField(max_length=100, blank=True)
    paused_since = models.DateTimeField(_("paused"), null=True)
    paused_because = models.CharField(_("because"), max_length=300, blank=True, default="", db_default="")

    class Meta:
        verbose_name = _("feed state")

    def __str__(self) -> str:
        return self.feed


class Alternation(models.Model):
    """An object that was written over here right after somebody else had written it: how often in a row, and last at
    which version (P7)."""

    id = models.BigAutoField(primary_key=True)
    feed = models.CharField(max_length=200)
    key_hash = models.CharField(max_length=32)
    version = models.BigIntegerField()
    number = models.IntegerField()

    class Meta:
        verbose_name = _("alternation")
        constraints = [models.UniqueConstraint(fields=["feed", "key_hash"], name="feedsync_alternation_object")]

    def __str__(self) -> str:
        return f"{self.feed} {self.key_hash}"


class DeadChange(models.Model):
    """A change that will not apply, or not be published, without a person."""

    class Side(models.TextChoices):
        SOURCE = "source", _("while publishing")
        REPLICA = "replica", _("while applying")

    id = models.BigAutoField(primary_key=True)
    side = models.CharField(max_length=10, choices=Side.choices)
    feed = models.CharField(max_length=200)
    key_hash = models.CharField(max_length=32)
    key = models.TextField()
    object_pk = models.CharField(max_length=255, blank=True)
    version = models.BigIntegerField(default=0)
    origin = models.CharField(max_length=100, blank=True)
    payload = models.TextField(blank=True)
    reason = models.TextField()
    created_at = models.DateTimeField(db_default=UtcNow())

    class Meta:
        verbose_name = _("dead change")
        constraints = [
            models.UniqueConstraint(fields=["side", "feed", "key_hash", "origin"], name="feedsync_dead_object")
        ]

    def __str__(self) -> str:
        return f"{self.feed} {natural_keys.readable(self.key)}"


class UsedNonce(models.Model):
    """A signed request that was seen; the same one again is a replay."""

    nonce = models.CharField(max_length=64, unique=True)
    expires_at = models.DateTimeField(db_index=True)

    class Meta:
        verbose_name = _("used nonce")

    def __str__(self) -> str:
        return self.nonce


class KnownFile(models.Model):
    """A file in the storage of a file field: what it holds, and the name that it travels under.

    `place`: the field, "app_label.model.field". `name`: in the storage here; `wire_name`: in changes. `size` and
    `modified` tell whether the file is still the one whose `sha256` this is. `problem`: why it can't be sent.
    """

    id = models.BigAutoField(primary_key=True)
    place = models.CharField(max_length=250)
    name = models.CharField(max_length=1000)
    wire_name = models.CharField(max_length=1000)
    size = models.BigIntegerField(default=0)
    modified = models.CharField(max_length=40, blank=True)
    sha256 = models.CharField(max_length=64, blank=True)
    problem = models.TextField(blank=True)

    class Meta:
        verbose_name = _("known file")
        constraints = [models.UniqueConstraint(fields=["place", "name"], name="feedsync_file_name")]
        indexes = [models.Index(fields=["place", "sha256"], name="feedsync_file_content")]

    def __str__(self) -> str:
        return f"{self.place} {self.name}"
