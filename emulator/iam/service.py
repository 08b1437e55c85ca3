"""The service google.iam.v1.IAMPolicy, for the resources that it is given finders of."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from emulator.errors import InvalidArgument, NotFound
from emulator.iam import policies
from emulator.journal import Journal, Oblivion
from emulator.wire.iam import MESSAGES


class Resource(Protocol):
    """What has a policy: it comes and goes with the resource."""

    policy: Any  # a google.iam.v1.Policy, or None


class IamPolicy:
    """Each method answers one call. A finder takes a name and raises NotFound: {"topics": topics.get}."""

    def __init__(self, finders: Mapping[str, Callable[[str], Resource]], *, journal: Journal | None = None) -> None:
        self._finders = finders
        self._journal = journal or Oblivion()

    def set_iam_policy(self, request: Any) -> Any:
        """Replace a policy."""
        resource = self._find(request.resource)
        self._journal.changed(_collection(request.resource), request.resource)
        resource.policy = policies.updated(resource.policy, request.policy, request.update_mask)
        return resource.policy

    def get_iam_policy(self, request: Any) -> Any:
        """Show a policy."""
        policies.check_version(request.options.requested_policy_version)
        return self._find(request.resource).policy or policies.empty()

    def test_iam_permissions(self, request: Any) -> Any:
        """Everybody may do everything, with what exists."""
        policies.check_permissions(request.permissions)
        try:
            self._find(request.resource)
        except NotFound:  # as documented: no permissions rather than an error
            return MESSAGES["TestIamPermissionsResponse"]()
        return MESSAGES["TestIamPermissionsResponse"](permissions=request.permissions)

    def _find(self, name: str) -> Resource:
        finder = self._finders.get(_collection(name))
        if finder is None:
            kinds = ", ".join(sorted(self._finders))
            raise InvalidArgument(f"Invalid resource {name!r}: policies are kept for {kinds}.")
        return finder(name)


def _collection(name: str) -> str:
    return ("//" + name).rsplit("/", 2)[1]
