"""The brake: a plan and the limits in, why a person has to confirm it first out; nothing where it may go ahead."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from feedsync.conf import settings

Plan = Mapping[str, Mapping[str, int]]  # {feed: {"created", "updated", "deleted", "here", "sent"}}


def removals(plan: Plan) -> int:
    return sum(feed["deleted"] for feed in plan.values())


def is_empty(plan: Plan) -> bool:
    """The source sent nothing at all, as a broken or new one does: then nothing is removed (invariant 11)."""
    return not any(feed["sent"] for feed in plan.values())


def objections(plan: Plan) -> Iterator[str]:
    limit, share = settings().mirror_max_deletions, settings().mirror_max_share
    for label, feed in plan.items():
        number, here = feed["deleted"], feed["here"]
        if not number:
            continue
        if not feed["sent"]:
            yield f"{label}: the source sent none, and {number:,} would be removed here."
        elif number > limit:
            yield f"{label}: {number:,} would be removed, more than {limit:,}."
        elif number > share * here:
            yield f"{label}: {number:,} of {here:,} would be removed, more than {share:.0%}."
