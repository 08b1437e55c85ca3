"""Field values on the wire: lossless JSON for every Django field.

`codec_of(field)` answers a `Codec`; `None` for a direction means that the value is the same on both sides. Fields of
Django are known by their class, and so are subclasses with the same values; any other field travels as Django's
serializers do it, by `value_to_string` and `to_python`.
"""

from __future__ import annotations

import base64
import datetime as dt
import json as standard_json
import math
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

from django.conf import settings
from django.db import models
from django.utils import timezone

OWN_VALUES = frozenset({"from_db_value", "to_python", "value_to_string"})
Convert = Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class Codec:
    """How values of one field become JSON and come back. `None` passes through unseen."""

    encode: Convert | None = None
    decode: Convert | None = None


def codec_of(field: models.Field[Any, Any]) -> Codec:
    """The codec of a concrete field that is no relation."""
    known = _codec_of_django(field)
    if known is None or _has_own_values(field):
        return Codec(_custom_encoder(field), field.to_python)
    return known


def _codec_of_django(field: models.Field[Any, Any]) -> Codec | None:
    if getattr(field, "range_type", None) is not None:
        return _range_codec(field)
    if inner := getattr(field, "base_field", None):  # an ArrayField, which only users of PostgreSQL can import
        return _array_codec(codec_of(inner))
    if isinstance(field, models.JSONField):
        return _json_codec(field)
    plain = Codec() if type(field).__module__.startswith("django.") else None
    return next((codec for kind, codec in CODECS if isinstance(field, kind)), plain)


def _has_own_values(field: models.Field[Any, Any]) -> bool:
    """Whether a class that isn't Django's decides on what its values are in Python."""
    owners = [kind for kind in type(field).__mro__ if OWN_VALUES & vars(kind).keys() or kind is models.Field]
    return not owners[0].__module__.startswith("django.")


def encode_datetime(value: dt.datetime) -> str:
    """ISO 8601 with microseconds, UTC when aware."""
    return (value.astimezone(dt.UTC) if value.tzinfo else value).isoformat()


def decode_datetime(text: str) -> dt.datetime:
    value = dt.datetime.fromisoformat(text)
    if settings.USE_TZ and value.tzinfo is None:
        return timezone.make_aware(value, dt.UTC)
    if not settings.USE_TZ and value.tzinfo is not None:
        return timezone.make_naive(value, dt.UTC)
    return value


def _encode_float(value: Any) -> Any:
    return value if math.isfinite(value) else str(float(value))


def _encode_bytes(value: Any) -> str:
    return base64.b64encode(bytes(value)).decode()


def _encode_duration(value: dt.timedelta) -> int | str:
    microseconds = value // dt.timedelta(microseconds=1)
    return microseconds if fits_64_bits(microseconds) else str(microseconds)


def fits_64_bits(value: int) -> bool:
    """Beyond that, readers of JSON round to a float."""
    return -(2**63) <= value < 2**63


def _isoformat(value: Any) -> str:
    text: str = value.isoformat()
    return text


# The first class that fits decides; whatever is not here (text, integers, booleans, file names) is JSON already.
CODECS: tuple[tuple[type[models.Field[Any, Any]], Codec], ...] = (
    (models.DateTimeField, Codec(encode_datetime, decode_datetime)),
    (models.DateField, Codec(_isoformat, dt.date.fromisoformat)),
    (models.TimeField, Codec(_isoformat, dt.time.fromisoformat)),
    (models.DecimalField, Codec(str, Decimal)),
    (models.DurationField, Codec(_encode_duration, lambda value: dt.timedelta(microseconds=int(value)))),
    (models.FloatField, Codec(_encode_float, float)),
    (models.BinaryField, Codec(_encode_bytes, base64.b64decode)),
    (models.UUIDField, Codec(str, uuid.UUID)),
)


def _array_codec(inner: Codec) -> Codec:
    def each(convert: Convert | None) -> Convert | None:
        if convert is None:
            return None
        return lambda values: [None if value is None else convert(value) for value in values]

    return Codec(each(inner.encode), each(inner.decode))


def _range_codec(field: Any) -> Codec:
    inner = codec_of(field.base_field)

    def convert(function: Convert | None, value: Any) -> Any:
        return value if value is None or function is None else function(value)

    def encode(value: Any) -> dict[str, Any]:
        if value.isempty:
            return {"empty": True}
        return {
            "lower": convert(inner.encode, value.lower),
            "upper": convert(inner.encode, value.upper),
            "bounds": ("[" if value.lower_inc else "(") + ("]" if value.upper_inc else ")"),
        }

    def decode(value: dict[str, Any]) -> Any:
        if value.get("empty"):
            return field.range_type(empty=True)
        return field.range_type(
            convert(inner.decode, value["lower"]), convert(inner.decode, value["upper"]), value["bounds"]
        )

    return Codec(encode, decode)


JSON_NULL = {"$json": "null"}  # in a column that may be NULL as well


def tells_null_apart(field: models.Field[Any, Any]) -> bool:
    """Whether a column can hold both NULL and JSON's null, which are both None in Python."""
    return isinstance(field, models.JSONField) and field.null


def _json_codec(field: models.JSONField[Any, Any]) -> Codec:
    """As it is where JSON can say it in 64 bits; else as text, so that huge integers and NaN survive."""

    def encode(value: Any) -> Any:
        plain = _plain_json(value)
        if plain and not (isinstance(value, dict) and "$json" in value):
            return value
        return {"$json": standard_json.dumps(value, cls=field.encoder, ensure_ascii=False)}

    def decode(value: Any) -> Any:
        if isinstance(value, dict) and "$json" in value:
            return standard_json.loads(value["$json"], cls=field.decoder)
        return value if field.decoder is None else standard_json.loads(standard_json.dumps(value), cls=field.decoder)

    return Codec(encode, decode)


def _plain_json(value: Any) -> bool:
    if value is None or isinstance(value, str | bool):
        return True
    if isinstance(value, int):
        return fits_64_bits(value)
    if isinstance(value, float):
        return math.isfinite(value)
    if isinstance(value, list):
        return all(map(_plain_json, value))
    return isinstance(value, dict) and all(isinstance(key, str) and _plain_json(value[key]) for key in value)


def _custom_encoder(field: models.Field[Any, Any]) -> Convert:
    """As dumpdata does it: plain values by their type, anything else by the field's own `value_to_string`."""

    def encode(value: Any) -> Any:
        if type(value) in (bool, str) or (type(value) is int and fits_64_bits(value)):
            return value
        if isinstance(value, float):
            return _encode_float(value)
        if isinstance(value, dt.datetime):
            return encode_datetime(value)
        if isinstance(value, Decimal | uuid.UUID):
            return str(value)
        holder: Any = SimpleNamespace(**{field.attname: value})  # only the attribute is read
        return field.value_to_string(holder)

    return encode
