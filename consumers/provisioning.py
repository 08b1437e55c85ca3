"""The subscribing side's part of `feedsync_setup`: each enabled data source has its subscription, as it should be.

Subscriptions keep messages for 31 days and never expire. They have a dead-letter policy only if DEAD_LETTER_ATTEMPTS
says so: a message that fails again and again, while our database is down for hours, had better come back.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import partial
from typing import Any

from consumers.models import DataPull, DataSource
from consumers.pull.subscriptions import full_name, wanted
from feedsync import provisioning
from feedsync.conf import settings
from feedsync.errors import FeedsyncError
from feedsync.provisioning import dead_letters
from feedsync.provisioning.findings import TIMEOUT_SECONDS, Finding, Result, guarded, member
from feedsync.transport import clients

DELETED_TOPIC = "_deleted-topic_"
COMPARED = (
    "ack_deadline_seconds",
    "message_retention_duration",
    "expiration_policy",
    "retry_policy",
    "push_config",
    "dead_letter_policy",
)


def subscriptions(check: bool) -> Iterator[Finding]:
    sources = list(DataSource.objects.filter(enabled=True).order_by("env_name"))
    only_receives = bool(sources) and settings().topic is None
    if only_receives:
        yield dead_letters.topic(check)
    yield from _of_sources(sources, check)
    if only_receives:
        yield dead_letters.subscription(check)


def _of_sources(sources: Iterable[DataSource], check: bool) -> Iterator[Finding]:
    for source in sources:
        what = f"Subscription of {source.env_name}"
        try:
            topic = _topic(source, check)
            request = _request(source, topic) if topic else {}
        except FeedsyncError as error:
            yield Finding(what=what, result=Result.FAILED, detail=str(error))
            continue
        if topic is None:
            yield Finding(what=what, result=Result.PRESENT, detail="none: the source publishes nothing, snapshot only")
            continue
        yield guarded(what, partial(_subscription, source, request, check), partial(_commands, request))


def _topic(source: DataSource, check: bool) -> str | None:
    # This module is imported at every start; an HTTP client takes a while.
    from consumers.hearing import asking
    from consumers.http.session import open_source
    from consumers.pull.handshake import offer_of

    with open_source(source.env_name, source.env_url) as client:
        offer = offer_of(client, source.env_name)
    if not check:
        asking.note(source, offer)
    return offer.topic


def _request(source: DataSource, topic: str) -> dict[str, Any]:
    name = source.subscription or full_name(source.env_name, topic)
    return wanted(name, topic, push=source.delivery == DataSource.Delivery.PUSH) | dead_letters.policy()


def _subscription(source: DataSource, request: dict[str, Any], check: bool) -> Finding:
    from google.api_core import exceptions

    name = request["name"]
    client = clients.subscriber()
    try:
        found = client.get_subscription(subscription=name, timeout=TIMEOUT_SECONDS, retry=None)
    except exceptions.NotFound:
        if check:
            return Finding(what=f"Subscription {name}", result=Result.MISSING, commands=_commands(request))
        return _make(source, request)
    _remember(source, name, check)
    return _compared(found, request, check)


def _make(source: DataSource, request: dict[str, Any]) -> Finding:
    from google.api_core import exceptions

    try:
        clients.subscriber().create_subscription(request=request, timeout=TIMEOUT_SECONDS, retry=None)
    except exceptions.NotFound:
        detail = f"its topic {request['topic']} is missing: run feedsync_setup at {source.env_name} first"
        return Finding(what=f"Subscription {request['name']}", result=Result.FAILED, detail=detail)
    return _made(source, request["name"])


def _made(source: DataSource, name: str) -> Finding:
    """What was published before it is in no message of it, so a pull is due (P9)."""
    DataSource.objects.filter(pk=source.pk).update(subscription=name)
    if not source.pulls.filter(status=DataPull.Status.DONE).exists():
        return Finding(what=f"Subscription {name}", result=Result.CREATED)
    # Not by create(), which would start it in this process, which ends at once.
    DataPull.objects.bulk_create([DataPull(data_source=source)])
    detail = f"a full pull is due: run feedsync_pull {source.env_name}"
    return Finding(what=f"Subscription {name}", result=Result.CREATED, detail=detail)


def _remember(source: DataSource, name: str, check: bool) -> None:
    if not check and source.subscription != name:
        DataSource.objects.filter(pk=source.pk).update(subscription=name)


def _compared(found: Any, request: dict[str, Any], check: bool) -> Finding:
    from google.pubsub_v1.types import Subscription

    what = f"Subscription {found.name}"
    if found.topic in (DELETED_TOPIC, "") or found.detached or found.topic != request["topic"]:
        detail = (
            f"it is attached to {found.topic or 'nothing'}, not to {request['topic']}: delete it, then set up again"
        )
        return Finding(what=what, result=Result.DIFFERENT, detail=detail)
    if found.filter:
        detail = f"it has the filter {found.filter}, which can't be changed: delete it, then set up again"
        return Finding(what=what, result=Result.DIFFERENT, detail=detail)
    right = Subscription(request)
    wrong = [field for field in COMPARED if _part(found, field) != _part(right, field)]
    if not wrong:
        return Finding(what=what, result=Result.PRESENT)
    if check:
        return Finding(what=what, result=Result.DIFFERENT, detail=", ".join(wrong))
    change = {"subscription": right, "update_mask": {"paths": wrong}}
    clients.subscriber().update_subscription(request=change, timeout=TIMEOUT_SECONDS, retry=None)
    return Finding(what=what, result=Result.CHANGED, detail=", ".join(wrong))


def _part(subscription: Any, field: str) -> Any:
    """Pub/Sub adds attributes of its own to a push configuration; whether it wraps is up to whoever set it so."""
    value = getattr(subscription, field)
    return (value.push_endpoint, value.oidc_token) if field == "push_config" else value


def _commands(request: dict[str, Any]) -> tuple[str, ...]:
    name, topic = request["name"], request["topic"]
    keeps = "--message-retention-duration=31d --expiration-period=never"
    tries = "--ack-deadline=60 --min-retry-delay=1s --max-retry-delay=60s"
    more = "".join([*_push_flags(request["push_config"]), *_dead_letter_flags(request.get("dead_letter_policy"))])
    role = "add-iam-policy-binding {name} --role=roles/pubsub.subscriber"
    return (
        f"gcloud pubsub subscriptions create {name} --topic={topic} {keeps} {tries}{more}",
        f"gcloud pubsub subscriptions {role.format(name=name)} {member()}",
        # Pub/Sub itself takes messages out, to put them aside.
        *(
            [f"gcloud pubsub subscriptions {role.format(name=name)} {dead_letters.AGENT}"]
            if dead_letters.policy()
            else []
        ),
    )


def _push_flags(push: dict[str, Any]) -> Iterator[str]:
    if push:
        token = push["oidc_token"]
        yield f" --push-endpoint={push['push_endpoint']}"
        yield f" --push-auth-service-account={token['service_account_email']}"
        yield f" --push-auth-token-audience={token['audience']}"


def _dead_letter_flags(policy: dict[str, Any] | None) -> Iterator[str]:
    if policy:
        yield f" --dead-letter-topic={policy['dead_letter_topic']}"
        yield f" --max-delivery-attempts={policy['max_delivery_attempts']}"


def adopt() -> None:
    """A copy must not take messages out of the original's subscriptions, nor finish its pulls."""
    DataSource.objects.update(subscription="")
    running = DataPull.objects.filter(status__in=[DataPull.Status.WAITING, DataPull.Status.RUNNING])
    running.update(status=DataPull.Status.CANCELLED, message="The database was adopted by another environment.")


def register_steps() -> None:
    if subscriptions not in provisioning.steps:
        provisioning.steps.append(subscriptions)
        provisioning.adopters.append(adopt)
