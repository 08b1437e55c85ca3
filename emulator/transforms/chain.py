"""All transforms of one resource, in their order."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from emulator.errors import InvalidArgument, Unimplemented
from emulator.transforms import compression
from emulator.transforms.javascript import JavaScriptFunction
from emulator.transforms.steps import Content, Step
from emulator.wire.pubsub import MESSAGES

MAX_TRANSFORMS = 5
_COMPRESSION = MESSAGES["Compression"].DESCRIPTOR.enum_types_by_name


class Chain:
    """Transforms as they are on the wire become one step."""

    def __init__(self, transforms: Iterable[Any]) -> None:
        self._steps = [_step(each) for each in transforms if not each.disabled]

    def __call__(self, content: Content, metadata: Mapping[str, str]) -> Content | None:
        """What the last one makes of it, None as soon as one stops it; or TransformFailed."""
        found: Content | None = content
        for step in self._steps:
            if found is None:
                break
            found = step(found, metadata)
        return found


def check(transforms: Iterable[Any]) -> None:
    """Refuse transforms that make no sense, disabled ones too."""
    found = list(transforms)
    if len(found) > MAX_TRANSFORMS:
        raise InvalidArgument(f"There may be {MAX_TRANSFORMS} message transforms, not {len(found)}.")
    functions = [step for step in map(_step, found) if isinstance(step, JavaScriptFunction)]
    names = [function.name for function in functions]
    for function in functions:
        if names.count(function.name) > 1:
            raise InvalidArgument(f"The function {function.name} is there more than once in the message transforms.")
        function.check()


def _step(transform: Any) -> Step:
    kind = transform.WhichOneof("transform")
    if kind == "javascript_udf":
        return JavaScriptFunction(transform.javascript_udf.function_name, transform.javascript_udf.code)
    if kind == "compression":
        return _compression(transform.compression)
    if kind == "ai_inference":
        raise Unimplemented("The emulator has no models: it can't run the message transform ai_inference.")
    raise InvalidArgument("A message transform must be a javascript_udf or a compression.")


def _compression(wanted: Any) -> Step:
    algorithm = _name("CompressionAlgorithm", wanted.compression_algorithm)
    mode = _name("CompressionMode", wanted.compression_mode)
    if mode not in ("COMPRESS", "DECOMPRESS") or algorithm not in ("ZLIB", "ZSTD"):
        raise InvalidArgument("A compression needs an algorithm and a mode.")
    return compression.compress(algorithm) if mode == "COMPRESS" else compression.decompress(algorithm)


def _name(enum: str, number: int) -> str:
    found = _COMPRESSION[enum].values_by_number.get(number)
    return found.name if found is not None else ""
