"""Checks of one registration: its paths and fields, what its natural key rests on, and what it would give away."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from django.conf import settings as django_settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.core.checks import CheckMessage
from django.db import models

from feedsync import replicable, shape
from feedsync.checks import keys, resolving, uniqueness
from feedsync.checks.catalogue import Id, message
from feedsync.conf import shares_all_files
from feedsync.registry import Feed
from feedsync.shape import Shape, UnusableRegistration

# {code of UnusableRegistration: (id, hint)}
UNUSABLE = {
    "unknown-path": (Id.UNKNOWN_PATH, "A natural key names columns of the model; dots follow foreign keys."),
    "unregistered-relation": (
        Id.UNREGISTERED_RELATION,
        "Register the model that it refers to, or leave the field out with exclude=[...], as is best for users.",
    ),
    "unknown-field": (Id.UNKNOWN_FIELD, "fields names columns and many-to-many fields of the model itself."),
    "generated-column": (Id.GENERATED_COLUMN, "Leave it out: every database computes it by itself."),
    "explicit-through": (Id.EXPLICIT_THROUGH, "Leave the field out and register its through model."),
    "generic-relation": (
        Id.GENERIC_RELATION,
        "Replicate both columns of a generic relation or none, and let no other key run through it.",
    ),
    "circular-key": (Id.CIRCULAR_KEY, 'End the path at a column: "parent.code" instead of "parent".'),
}
SENSITIVE_MODELS = frozenset({"sessions.session", "authtoken.token", "authtoken.tokenproxy"})
SENSITIVE_NAME = re.compile(
    r"(^|_)(password|passwd|pwd|secrets?|tokens?|credentials?|(api|private|secret|access|signing)_?key)(_|\d|$)"
)


def check_feed(feed: Feed) -> list[CheckMessage]:
    """Everything about one registration; what can't be resolved at all hides the rest."""
    if composite := list(keys.check_composite(feed)):
        return composite
    # A relation may be wrong twice, in the key and among the fields.
    broken = [
        _unusable(feed, problem) for problem in {str(found): found for found in resolving.problems(feed)}.values()
    ]
    if broken:
        return [*broken, *_sensitive_model(feed)]
    resolved = shape.shape_of(feed)
    return [
        *_sensitive_model(feed),
        *_sensitive_fields(feed, resolved),
        *_file_fields(feed, resolved),
        *_required(feed, resolved),
        *_key(feed, resolved),
        *keys.check_length(feed),
    ]


def _unusable(feed: Feed, problem: UnusableRegistration) -> CheckMessage:
    kind, hint = UNUSABLE[problem.code]
    return message(kind, str(problem), hint=hint, about=feed.model)


def _sensitive_model(feed: Feed) -> Iterator[CheckMessage]:
    named = feed.label in SENSITIVE_MODELS | {django_settings.AUTH_USER_MODEL.lower()}
    if not feed.allow_sensitive and (named or issubclass(feed.model, AbstractBaseUser)):
        yield message(
            Id.SENSITIVE_MODEL,
            f"{feed.label} holds accounts, sessions or tokens, which would leave this environment.",
            hint="Don't register it, or say that you mean it with allow_sensitive=True.",
            about=feed.model,
        )


def _sensitive_fields(feed: Feed, resolved: Shape) -> Iterator[CheckMessage]:
    for column in resolved.columns:
        if not feed.allow_sensitive and named_like_a_secret(column.name):
            yield message(
                Id.SENSITIVE_FIELD,
                f"{feed.label}: the field {column.name!r} is named like a secret, which would leave this environment.",
                hint=f"Leave it out with exclude=[{column.name!r}], or say that you mean it with allow_sensitive=True.",
                about=feed.model,
            )


def named_like_a_secret(name: str) -> bool:
    """Word by word: `apiKey` is `api_key`, and a secretary is no secret."""
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()
    return SENSITIVE_NAME.search(words) is not None


def _file_fields(feed: Feed, resolved: Shape) -> Iterator[CheckMessage]:
    files = {column.name for column in resolved.columns if isinstance(column.field, models.FileField)}
    for name in feed.file_fields:
        if name not in files:
            yield message(
                Id.FILE_FIELD,
                f"{feed.label}: {name!r} in file_fields is no registered file field.",
                hint="file_fields names FileFields of the model.",
                about=feed.model,
            )
    keyed = {part.chain[0].name for part in resolved.key}
    for name in sorted(files & keyed):
        yield message(
            Id.FILE_FIELD,
            f"{feed.label}: the file {name!r} is part of the natural key, and has another name in each storage.",
            hint="Choose fields that mean the same everywhere.",
            about=feed.model,
        )
    for name in sorted(files - keyed - set(feed.file_fields)) if not shares_all_files() else ():
        yield message(
            Id.FILE_STAYS,
            f"{feed.label}: the name of the file {name!r} travels, the file itself doesn't.",
            hint=f"Add file_fields=[{name!r}], or leave it out with exclude=[{name!r}].",
            about=feed.model,
        )


def _required(feed: Feed, resolved: Shape) -> Iterator[CheckMessage]:
    """What is left out gets its default in a replica; an object whose column has none can't be made there."""
    for field in feed.model._meta.concrete_fields:
        if field.name not in resolved.names and _needs_value(field):
            yield message(
                Id.REQUIRED_LEFT_OUT,
                f"{feed.label}: {field.name!r} is not replicated and has no default, so that a replica that only "
                "subscribes can't make new objects.",
                hint="Replicate it, or give the field null=True or a default.",
                about=feed.model,
            )


def _needs_value(field: Any) -> bool:
    """Whether no row can be made without a value for this column."""
    by_itself = (
        isinstance(field, models.AutoField) or getattr(field, "generated", False) or replicable.is_parent_link(field)
    )
    timed = getattr(field, "auto_now", False) or getattr(field, "auto_now_add", False)
    if by_itself or timed or field.null or field.has_db_default():
        return False
    return field.get_default() is None


def _key(feed: Feed, resolved: Shape) -> Iterator[CheckMessage]:
    if any(isinstance(part.chain[-1], models.AutoField) for part in resolved.key):
        yield message(
            Id.AUTOMATIC_KEY,
            f"{feed.label}: the natural key uses an automatic primary key, which differs between environments.",
            hint="Choose fields that mean something, or give the model a UUID.",
            about=feed.model,
        )
    elif not uniqueness.identifies(feed.model, feed.natural_key):
        names = ", ".join(feed.natural_key)
        yield message(
            Id.NOT_UNIQUE,
            f"{feed.label}: no unique constraint of the database guards the natural key ({names}).",
            hint="Add a UniqueConstraint over it; where a column may be NULL, with nulls_distinct=False.",
            about=feed.model,
        )
