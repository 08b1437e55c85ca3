"""The rules of a policy: what it may contain, and that nobody overwrites what somebody else has set since.

Policies are wire messages here, since they are kept and shown as they were sent.
"""

from __future__ import annotations

import hashlib
import re
from typing import Any

from emulator.errors import Aborted, InvalidArgument
from emulator.wire.iam import MESSAGES

NO_POLICY_ETAG = b"\x00\x20\x01"  # what the cloud shows where nobody has set a policy, ACAB in base64
_VERSIONS = (0, 1, 3)
_CONDITIONS = 3  # the version that has them
_MOST_MEMBERS = 1500
_ROLE = re.compile(r"(?:(?:projects|organizations)/[^/\s]+/)?roles/[A-Za-z0-9_.]+")
_MEMBER = re.compile(
    r"allUsers|allAuthenticatedUsers"
    r"|(?:deleted:)?(?:user|serviceAccount|group|principal|principalSet):\S+"
    r"|(?:domain|projectOwner|projectEditor|projectViewer):\S+"
)
_PERMISSION = re.compile(r"[a-z][A-Za-z0-9-]*(?:\.[A-Za-z0-9-]+){2,}")


def updated(current: Any, sent: Any, mask: Any) -> Any:
    """The policy that follows the current one (None: there is none) when a client sends another."""
    before = current or empty()
    if sent.etag and sent.etag != before.etag:
        raise Aborted(
            "There were concurrent policy changes. Please retry the whole read-modify-write with exponential backoff."
        )
    _check(sent)
    changed = MESSAGES["Policy"]()
    changed.CopyFrom(before)
    for path in mask.paths or ("version", "bindings"):
        if path not in sent.DESCRIPTOR.fields_by_name:
            raise InvalidArgument(f"The update mask names {path!r}, which is no field of a policy.")
        changed.ClearField(path)
        changed.MergeFrom(_only(sent, path))
    changed.etag = hashlib.blake2b(changed.SerializeToString(deterministic=True), digest_size=8).digest()
    return changed


def empty() -> Any:
    """The policy of a resource for which nobody has set one."""
    return MESSAGES["Policy"](etag=NO_POLICY_ETAG)


def check_version(version: int) -> None:
    """Refuse a version that there is not."""
    if version not in _VERSIONS:
        raise InvalidArgument(f"The version of a policy is 0, 1 or 3, not {version}.")


def check_permissions(permissions: list[str]) -> None:
    """Refuse what is no permission."""
    for permission in permissions:
        if _PERMISSION.fullmatch(permission) is None:
            raise InvalidArgument(f"{permission!r} is no permission; one looks like pubsub.topics.publish.")


def _check(policy: Any) -> None:
    check_version(policy.version)
    members = 0
    for binding in policy.bindings:
        if _ROLE.fullmatch(binding.role) is None:
            raise InvalidArgument(f"{binding.role!r} is no role; one looks like roles/pubsub.publisher.")
        for member in binding.members:
            if _MEMBER.fullmatch(member) is None:
                raise InvalidArgument(f"{member!r} is no member; one looks like user:somebody@example.com.")
        if binding.HasField("condition") and policy.version != _CONDITIONS:
            raise InvalidArgument(f"A binding with a condition needs a policy of version {_CONDITIONS}.")
        members += len(binding.members)
    if members > _MOST_MEMBERS:
        raise InvalidArgument(f"A policy may have {_MOST_MEMBERS} members, not {members}.")


def _only(policy: Any, path: str) -> Any:
    found = MESSAGES["Policy"]()
    found.CopyFrom(policy)
    for field in policy.DESCRIPTOR.fields:
        if field.name != path:
            found.ClearField(field.name)
    return found
