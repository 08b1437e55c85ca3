"""Before the first row: the source's contract is asked for, compared with what is registered here, and subscribed to.

In: a source and the wishes of the pull. Out: the offer, the feeds to pull, a verdict; raises where the pull
can't be right.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from consumers.http.session import Source
from consumers.models import DataSource
from consumers.pull import offer as offers
from consumers.pull import verdict as verdicts
from consumers.pull.offer import Offer
from consumers.pull.subscriptions import Subscriptions
from consumers.pull.verdict import Verdict
from feedsync import fingerprints, registry
from feedsync.errors import ConfigurationError, IncompatibleModels


def offer_of(source: Source, name: str) -> Offer:
    """The contract of the source; it must be the environment that the data source says."""
    offer = offers.parse(source.get_json("feedsync/contract/"))
    if offer.environment != name:
        raise ConfigurationError(
            f"The environment at this URL is called {offer.environment}, the data source says {name}: correct one."
        )
    return offer


def chosen(offer: Offer, only: Sequence[str], *, lenient: bool = False) -> list[str]:
    """The feeds that both sides have, of those that were asked for. `lenient`: there may be none."""
    for label in () if lenient else only:
        if registry.find(label) is None:
            raise ConfigurationError(f"{label} is not registered here.")
        if label not in offer.feeds:
            raise ConfigurationError(f"{label} is not registered at {offer.environment}, or not open to us.")
    labels = [label for label in offer.feeds if registry.find(label) and (not only or label in only)]
    if not labels and not lenient:
        raise ConfigurationError(f"{offer.environment} offers none of the models that are registered here.")
    return labels


def judged(offer: Offer, labels: Iterable[str]) -> Verdict:
    return verdicts.compare(offer, labels)


def refuse(verdict: Verdict) -> None:
    if verdict.blocking:
        raise IncompatibleModels("The registrations do not fit. " + " ".join(verdict.blocking))


def prints(offer: Offer, labels: Iterable[str]) -> dict[str, str]:
    """{feed: fingerprints of both sides}: a cursor is good only for the registrations that it was made with (R29)."""
    return {
        label: f"{offer.feeds[label].fingerprint}-{fingerprints.fingerprint(registry.get(label))}" for label in labels
    }


def subscribe(source: DataSource, topic: str | None, subscriptions: Subscriptions) -> str:
    """Note the subscription on the data source; answers why there is none."""
    if topic is None:
        name, problem = "", f"{source.env_name} publishes no changes (its TOPIC is None)."
    else:
        ensured = subscriptions.ensure(source.env_name, topic, push=source.delivery == DataSource.Delivery.PUSH)
        # One that was made before goes on collecting, also while it can't be asked for.
        name, problem = ensured.name or source.subscription, ensured.problem
    if name != source.subscription:
        DataSource.objects.filter(pk=source.pk).update(subscription=name)
    return problem
