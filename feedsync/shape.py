"""The shape of a feed: its registration resolved against the loaded models.

In: a `Feed`. Out: its key parts, plain columns, references and many-to-many fields, each with what is needed to read
and write them. Everything is computed once for each feed and registry generation; a registration that can't work raises
`UnusableRegistration`, which the system checks show with its hint.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from enum import IntEnum
from typing import Any, TypeAlias

from django.core.exceptions import FieldDoesNotExist
from django.db import models

from feedsync import generic, primary_keys, registry
from feedsync.conf import shares_all_files
from feedsync.errors import ConfigurationError
from feedsync.files.fields import FileColumn, file_columns
from feedsync.generic import Generic
from feedsync.registry import Feed
from feedsync.replicable import automatic_through, default_fields, is_parent_link
from feedsync.wire.values import Codec, codec_of

AnyField: TypeAlias = "models.Field[Any, Any]"

# Models that are the same everywhere by construction: recognised in references, never fed.
REFERENCE_ONLY = {"contenttypes.contenttype": ("app_label", "model")}


class UnusableRegistration(ConfigurationError):
    """The registration does not fit the model."""

    def __init__(self, message: str, code: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyPart:
    """One value of the natural key. `chain`: the fields from the model to the value, relations first."""

    chain: tuple[AnyField, ...]
    codec: Codec

    @property
    def lookup(self) -> str:
        return "__".join(field.name for field in self.chain)


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A field whose value travels as it is."""

    field: AnyField
    codec: Codec

    @property
    def name(self) -> str:
        return self.field.name


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """A foreign key or one-to-one field, which travels as the natural key of its target."""

    field: models.ForeignKey[Any, Any]
    target: Feed

    @property
    def name(self) -> str:
        return self.field.name


@dataclass(frozen=True, slots=True, kw_only=True)
class ManyToMany:
    """A many-to-many field with its automatic through model; travels as the sorted keys of its targets."""

    name: str
    through: type[models.Model]
    source: str  # name of the through model's foreign key to the feed's model
    member: str  # name of its foreign key to the target
    target: Feed


class Need(IntEnum):
    """How much an object needs what it refers to: can be null or empty, must be there, or is known by it."""

    OPTIONAL = 1
    REQUIRED = 2
    KEY = 3


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Shape:
    feed: Feed
    key: tuple[KeyPart, ...]
    columns: tuple[Column, ...]
    references: tuple[Reference, ...]
    many: tuple[ManyToMany, ...]
    names: frozenset[str]  # of all registered fields, and of the contents of files
    generics: tuple[Generic, ...] = ()
    files: tuple[FileColumn, ...] = ()

    @property
    def pk(self) -> AnyField:
        pk = self.feed.model._meta.pk
        assert pk is not None
        return pk

    def pk_value(self, text: str) -> Any:
        """The primary key of a mark or ledger row."""
        return primary_keys.value(self.feed.model, text)

    @property
    def needs(self) -> dict[str, Need]:
        """{label of a feed that an object of this feed refers to, or that is a part of it: how much it needs it}."""
        many = {item.target.label: Need.OPTIONAL for item in self.many}
        optional = {item.target.label: Need.OPTIONAL for item in self.references if item.field.null}
        required = {item.target.label: Need.REQUIRED for item in self.references if not item.field.null}
        hops = [hop.related_model for part in self.key for hop in part.chain[:-1]]
        parents = [parent for parent in self.feed.model._meta.all_parents if registry.feed_of(parent) is not None]
        anything = {feed.label: Need.OPTIONAL for feed in registry.feeds() if self.generics and feed is not self.feed}
        return (
            anything | many | optional | required | {registry.label_of(model): Need.KEY for model in [*hops, *parents]}
        )


_shapes: dict[Feed, tuple[tuple[int, bool], Shape]] = {}


def shape_of(feed: Feed) -> Shape:
    """The feed's shape; raises UnusableRegistration."""
    current = (registry.registry.generation, shares_all_files())
    known, shape = _shapes.get(feed, (None, None))
    if shape is None or known != current:
        shape = _resolve(feed)
        _shapes[feed] = (current, shape)
    return shape


def target_of(model: type[models.Model]) -> Feed | None:
    """The feed that a relation to this model refers to, reference-only ones included."""
    feed = registry.feed_of(model)
    label = registry.label_of(model)
    if feed is None and label in REFERENCE_ONLY:
        return _reference_only(label, model)
    return feed


_reference_feeds: dict[str, Feed] = {}


def _reference_only(label: str, model: type[models.Model]) -> Feed:
    if label not in _reference_feeds:
        _reference_feeds[label] = Feed(label=label, model=model, natural_key=REFERENCE_ONLY[label], fields=())
    return _reference_feeds[label]


def by_label(label: str) -> Feed:
    """A registered or reference-only feed; raises NotRegistered."""
    return _reference_feeds.get(label) or registry.get(label)


def _resolve(feed: Feed) -> Shape:
    key = resolve_key(feed)
    fields = _registered_fields(feed, key)
    check_generic(feed, {field.name for field in fields})
    plain = [field for field in fields if not field.is_relation]
    relations = [field for field in fields if isinstance(field, models.ForeignKey)]
    references = [Reference(field=field, target=referred(field, feed)) for field in relations]
    files = file_columns(feed, plain)
    many = [_many(feed, field) for field in fields if isinstance(field, models.ManyToManyField)]
    return Shape(
        feed=feed,
        key=key,
        columns=tuple(Column(field=field, codec=_codec(field)) for field in plain),
        references=tuple(references),
        many=tuple(many),
        names=frozenset([*(field.name for field in fields), *(item.content for item in files)]),
        generics=tuple(found for found in generic.of_model(feed.model) if found.object_id in plain),
        files=files,
    )


def _codec(field: AnyField) -> Codec:
    """What a generic relation stands for is found set-wise, by whoever reads or writes."""
    return Codec() if generic.is_object_id(field) else codec_of(field)


def resolve_key(feed: Feed) -> tuple[KeyPart, ...]:
    """The parts of the natural key; one that ends on a relation stands for the whole key of its target."""
    found = (chain for path in feed.natural_key for chain in _chains(feed.model, path, feed, frozenset()))
    return tuple(KeyPart(chain=chain, codec=_codec(chain[-1])) for chain in found)


def _chains(model: type[models.Model], path: str, feed: Feed, seen: frozenset[str]) -> list[tuple[AnyField, ...]]:
    name, _, rest = path.partition(".")
    field = _field(model, name, path, feed)
    if not isinstance(field, models.ForeignKey):
        if rest:
            raise UnusableRegistration(
                f"{feed.label}: {name!r} in the natural key {path!r} is no relation.", "unknown-path"
            )
        return [(field,)]
    target = referred(field, feed)
    if rest:
        return [(field, *chain) for chain in _chains(target.model, rest, feed, seen)]
    if target.label in seen | {feed.label}:
        raise UnusableRegistration(f"{feed.label}: the natural key runs in a circle at {path!r}.", "circular-key")
    chains = [
        chain for part in target.natural_key for chain in _chains(target.model, part, feed, seen | {target.label})
    ]
    return [(field, *chain) for chain in chains]


def _field(model: type[models.Model], name: str, path: str, feed: Feed) -> AnyField:
    try:
        field = model._meta.pk if name == "pk" else model._meta.get_field(name)
    except FieldDoesNotExist:
        message = f"{feed.label}: {path!r} in the natural key is unknown: {model.__name__} has no field {name!r}."
        raise UnusableRegistration(message, "unknown-path") from None
    if getattr(field, "generated", False):
        message = f"{feed.label}: {path!r} in the natural key is a generated column."
        raise UnusableRegistration(message, "generated-column")
    if not isinstance(field, models.Field) or isinstance(field, models.ManyToManyField) or not field.concrete:
        raise UnusableRegistration(
            f"{feed.label}: {path!r} in the natural key is no column of {model.__name__}.", "unknown-path"
        )
    return field


def referred(field: Any, feed: Feed) -> Feed:
    """The feed that a relation refers to; raises UnusableRegistration."""
    target = target_of(field.related_model)
    if target is None:
        message = f"{feed.label}: {field.name!r} refers to {field.related_model._meta.label}, which is not registered."
        raise UnusableRegistration(message, "unregistered-relation")
    if any(found.object_id.name in target.natural_key for found in generic.of_model(target.model)):
        message = f"{feed.label}: {field.name!r} refers to {target.label}, whose natural key has a generic relation."
        raise UnusableRegistration(message, "generic-relation")
    return target


def check_generic(feed: Feed, names: Collection[str]) -> None:
    """Raises UnusableRegistration: a generic relation's column means nothing without its content type."""
    for found in generic.of_model(feed.model):
        if found.object_id.name in names and found.content_type.name not in names:
            message = f"{feed.label}: {found.object_id.name!r} is the primary key of an object whose content type, "
            raise UnusableRegistration(f"{message}{found.content_type.name!r}, is not replicated.", "generic-relation")


def _registered_fields(feed: Feed, key: tuple[KeyPart, ...]) -> list[Any]:
    check_excluded(feed)
    if feed.fields is None and not feed.exclude:
        return default_fields(feed)
    listed = default_fields(feed) if feed.fields is None else [chosen(feed, name) for name in feed.fields]
    named = {field.name: field for field in listed}
    own = {part.chain[0].name: part.chain[0] for part in key}
    return list({**own, **named}.values())


def check_excluded(feed: Feed) -> None:
    """Raises UnusableRegistration: a misspelt name would be replicated after all."""
    names = {field.name for field in feed.model._meta.get_fields()}
    for name in feed.exclude:
        if name not in names:
            raise UnusableRegistration(f"{feed.label}: there is no field {name!r} to exclude.", "unknown-field")


def chosen(feed: Feed, name: str) -> Any:
    """The field that the registration names; raises UnusableRegistration."""
    try:
        field: Any = feed.model._meta.get_field(name)
    except FieldDoesNotExist:
        raise UnusableRegistration(f"{feed.label}: there is no field {name!r}.", "unknown-field") from None
    if field.many_to_many and not automatic_through(field):
        raise UnusableRegistration(
            f"{feed.label}: {name!r} has an explicit through model: register that model instead (R23).",
            "explicit-through",
        )
    if getattr(field, "generated", False):
        raise UnusableRegistration(f"{feed.label}: {name!r} is a generated column.", "generated-column")
    if not isinstance(field, models.Field) or not (field.concrete or field.many_to_many) or is_parent_link(field):
        raise UnusableRegistration(f"{feed.label}: {name!r} is no field that can be replicated.", "unknown-field")
    return field


def _many(feed: Feed, field: Any) -> ManyToMany:
    return ManyToMany(
        name=field.name,
        through=field.remote_field.through,
        source=field.m2m_field_name(),
        member=field.m2m_reverse_field_name(),
        target=referred(field, feed),
    )
