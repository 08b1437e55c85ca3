"""The transforms of topics: the drafts of a publish go through them before anything else sees them."""

from __future__ import annotations

import functools
from dataclasses import replace
from typing import Any

from emulator.errors import InvalidArgument
from emulator.pubsub.drafts import Draft
from emulator.transforms.chain import Chain, check
from emulator.transforms.steps import Content, TransformFailed
from emulator.wire.pubsub import MESSAGES


class Transformation:
    """An `Admission` to topics. One that fails refuses the whole request."""

    def __init__(self) -> None:
        self._chain = functools.lru_cache(maxsize=256)(_chain)  # as long as this emulator: contexts have a thread

    def check(self, shown: Any) -> None:
        """Refuse transforms that make no sense."""
        if shown.message_transforms:
            check(shown.message_transforms)

    def admit(self, shown: Any, drafts: list[Draft]) -> list[Draft]:
        """The drafts as the transforms return them; what they take out goes no further."""
        if not shown.message_transforms:
            return drafts
        chain = self._chain(*(each.SerializeToString(deterministic=True) for each in shown.message_transforms))
        return [_transformed(draft, chain) for draft in drafts]


def _chain(*transforms: bytes) -> Chain:
    return Chain(MESSAGES["MessageTransform"].FromString(each) for each in transforms)


def _transformed(draft: Draft, chain: Chain) -> Draft:
    metadata = {"ordering_key": draft.ordering_key} if draft.ordering_key else {}
    try:
        found = chain(Content(data=draft.data, attributes=draft.attributes), metadata)
    except TransformFailed as error:
        raise InvalidArgument(f"A message transform of the topic failed: {error}") from error
    if found is None:
        return replace(draft, stopped=True)
    return replace(draft, data=found.data, attributes=found.attributes)
