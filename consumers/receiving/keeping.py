"""Messages that can't be applied as they are, stored whole before they are acknowledged (invariant 7).

Poison becomes a dead change, `payload` {"message": base64 of its bytes}. A page of a newer wire version is parked, and
so is one that its source passed on without having said that it does; `apply_held` looks at them again. Pub/Sub itself
bounds a message to 10 MB.
"""

from __future__ import annotations

import base64
from functools import partial
from hashlib import blake2b

from django.utils import timezone

from consumers.apply import apply
from consumers.apply.outcome import Outcome
from consumers.models import DataSource, ParkedChange
from consumers.receiving import late
from consumers.receiving.delivery import Delivery, Source, forwards_of
from consumers.receiving.judging import Apply, Hold, Pass, Poison, judge
from feedsync import natural_keys
from feedsync.models import DeadChange
from feedsync.wire import json
from feedsync.wire.page import MAX_FEED, MAX_ORIGIN

WIRE, FORWARDED = ParkedChange.Reason.WIRE, ParkedChange.Reason.FORWARDED


def bury(poison: Poison) -> None:
    """The same bytes again are the same row again."""
    delivery = poison.delivery
    key, key_hash = _name(delivery)
    DeadChange.objects.using(poison.alias).update_or_create(
        side=DeadChange.Side.REPLICA,
        feed=_attribute(delivery, "feed", MAX_FEED),
        key_hash=key_hash,
        origin=delivery.source.name[:MAX_ORIGIN],
        defaults={
            "key": key,
            "payload": _payload(delivery),
            "reason": f"{poison.reason[:1000]} (message {delivery.message_id})".replace("\0", ""),
            "created_at": timezone.now(),
        },
    )


def hold(held: Hold) -> None:
    delivery = held.delivery
    key, key_hash = _name(delivery)
    ParkedChange.objects.using(held.alias).update_or_create(
        feed=_attribute(delivery, "feed", MAX_FEED),
        key_hash=key_hash,
        origin=delivery.source.name[:MAX_ORIGIN],
        defaults={
            "key": key,
            "version": 0,
            "payload": _payload(delivery),
            "reason": held.kind,
            "detail": held.reason,
        },
    )


def apply_held(using: str) -> Outcome:
    """Apply what was held and may be applied by now; what can't be read yet stays."""
    outcome = Outcome()
    held = ParkedChange.objects.using(using).filter(reason__in=[WIRE, FORWARDED])
    for pk in list(held.order_by("id").values_list("pk", flat=True)):
        row = held.filter(pk=pk).first()
        if row is not None:
            _apply_row(using, row, outcome)
    return outcome


def _apply_row(using: str, row: ParkedChange, outcome: Outcome) -> None:
    data = base64.b64decode(json.loads(row.payload)["message"])
    asked = DataSource.objects.filter(env_name=row.origin).first()
    source = Source(name=row.origin, subscription="", forwards=forwards_of(asked) if asked else False)
    verdict = judge(Delivery(source=source, ack_id="", data=data, attributes={"feed": row.feed}))
    forget = partial(_forget, using, row.pk)
    match verdict:
        case Apply(changes=changes, alias=alias) if alias == using:
            now = timezone.now()
            old = late.is_late(row.parked_at.timestamp(), now)
            outcome.add(apply(late.judged(using, changes, now, outcome) if old else changes, using=using, then=forget))
        case Poison():
            bury(verdict)
            forget()
        case Hold(delivery=delivery, alias=alias, reason=reason, kind=ParkedChange.Reason.FORWARDED):
            if asked is not None and asked.asked_at is not None and asked.asked_at > row.parked_at:
                bury(Poison(delivery=delivery, alias=alias, reason=f"{reason} It was asked, and doesn't: refused."))
                forget()
        case Pass():
            forget()


def _forget(using: str, pk: int) -> None:
    ParkedChange.objects.using(using).filter(pk=pk).delete()


def _name(delivery: Delivery) -> tuple[str, str]:
    """(key, hash): a message has no natural key, so its bytes name it."""
    key = natural_keys.text(["message", blake2b(delivery.data, digest_size=16).hexdigest()])
    return key, natural_keys.digest(key)


def _payload(delivery: Delivery) -> str:
    return json.dumps({"message": base64.b64encode(delivery.data).decode()}).decode()


def _attribute(delivery: Delivery, name: str, longest: int) -> str:
    """Attributes are whatever the publisher wrote; what would not fit into a column is left out."""
    value = delivery.attributes.get(name, "")
    return value if value.isprintable() and len(value) <= longest else ""
