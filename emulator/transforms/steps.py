"""What a transform works on, and how it fails."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """The parts of a message that a transform may change."""

    data: bytes
    attributes: Mapping[str, str]


class TransformFailed(Exception):
    """A transform could not make anything of a message; the text says which and why."""


# Content and what else is known of the message, {"message_id": …, "publish_time": …, "ordering_key": …}, go in; out
# comes other content, or None: the message goes no further.
Step = Callable[[Content, Mapping[str, str]], Content | None]
