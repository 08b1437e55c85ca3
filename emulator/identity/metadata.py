"""The metadata server, as google-auth and other official libraries read it with GCE_METADATA_HOST.

Any account may be asked for: tokens of the emulator are no secret. Requests without the header Metadata-Flavor are
refused, as on a machine in the cloud.
"""

from __future__ import annotations

import urllib.parse
from typing import Any

from emulator.identity.accounts import SCOPE, Account
from emulator.identity.issuer import VALID_SECONDS, Issuer
from emulator.web import Page, Pages, Reply, Request, json_reply

ROOT = "/computeMetadata/v1"
_FLAVOR = {"Metadata-Flavor": "Google", "Server": "Metadata Server for VM"}
_INSTANCE = {"id": 4520031799277581759, "zone": "zones/emulator-a", "region": "regions/emulator"}


def pages(issuer: Issuer, account: Account) -> Pages:
    """What is below the root."""
    return {("GET", f"{ROOT}/*"): MetadataServer(issuer, account).answer}


def greeting(other: Page) -> Page:
    """The page `/`: google-auth looks there for a metadata server, and says so; everybody else gets the other page."""

    async def greet(request: Request) -> Reply:
        if request.headers.get("Metadata-Flavor") == "Google":
            return Reply(body=b"computeMetadata/\n", headers=_FLAVOR)
        return await other(request)

    return greet


class MetadataServer:
    """Answers requests for metadata."""

    def __init__(self, issuer: Issuer, account: Account) -> None:
        self._issuer = issuer
        self._account = account

    async def answer(self, request: Request) -> Reply:
        """The value, or the tree below it with `recursive=true`."""
        if request.headers.get("Metadata-Flavor") != "Google":
            return Reply(status=403, body=b"Missing required header: Metadata-Flavor: Google\n", headers=_FLAVOR)
        query = dict(request.parameters)
        path = urllib.parse.unquote(request.path.removeprefix(ROOT)).strip("/").split("/")
        if path[:2] == ["instance", "service-accounts"] and len(path) > 2:
            return self._of_account(self._email(path[2]), path[3:], query)
        value = _walk(self._tree(), path)
        return _shown(value, recursive=query.get("recursive") == "true")

    def _of_account(self, email: str, path: list[str], query: dict[str, str]) -> Reply:
        if path == ["identity"]:
            return self._identity(email, query)
        if path == ["token"]:
            token = {"access_token": self._issuer.access_token(), "expires_in": VALID_SECONDS, "token_type": "Bearer"}
            return json_reply_with_flavor(token)
        return _shown(_walk(_describe(email), path), recursive=query.get("recursive") == "true")

    def _identity(self, email: str, query: dict[str, str]) -> Reply:
        audience = query.get("audience", "")
        if not audience:
            return Reply(status=400, body=b"non-empty audience parameter required\n", headers=_FLAVOR)
        claims: dict[str, Any] = {}
        if query.get("format") == "full":
            engine = {
                "project_id": self._account.project,
                "project_number": self._account.project_number,
                "zone": "emulator-a",
                "instance_id": str(_INSTANCE["id"]),
                "instance_name": "emulator",
                "instance_creation_timestamp": 0,
            }
            claims = {"google": {"compute_engine": engine}}
        token = self._issuer.id_token(email=email, audience=audience, **claims)
        return Reply(body=token.encode(), content_type="text/html", headers=_FLAVOR)

    def _email(self, name: str) -> str:
        return self._account.email if name == "default" else name

    def _tree(self) -> dict[str, Any]:
        account = self._account
        instance = {key: self._placed(value) for key, value in _INSTANCE.items()}
        accounts = {name: _describe(account.email) for name in ("default", account.email)}
        return {
            "instance": {**instance, "service-accounts": accounts},
            "project": {"project-id": account.project, "numeric-project-id": account.project_number},
            "universe": {"universe-domain": "googleapis.com"},
        }

    def _placed(self, value: Any) -> Any:
        return f"projects/{self._account.project_number}/{value}" if isinstance(value, str) else value


def _describe(email: str) -> dict[str, Any]:
    return {"aliases": ["default"], "email": email, "scopes": [SCOPE]}


def _walk(tree: Any, path: list[str]) -> Any:
    for part in filter(None, path):
        tree = tree.get(part) if isinstance(tree, dict) else None
    return tree


def _shown(value: Any, *, recursive: bool) -> Reply:
    if value is None:
        return Reply(status=404, body=b"not found\n", headers=_FLAVOR)
    if recursive:
        return json_reply_with_flavor(value)
    if isinstance(value, dict):
        lines = [f"{key}/" if isinstance(each, dict) else key for key, each in value.items()]
    else:
        lines = value if isinstance(value, list) else [str(value)]
    return Reply(body="\n".join(lines).encode(), content_type="application/text", headers=_FLAVOR)


def json_reply_with_flavor(value: Any) -> Reply:
    """The value as JSON, from the metadata server."""
    plain = json_reply(value)
    return Reply(body=plain.body, content_type="application/json", headers=_FLAVOR)
