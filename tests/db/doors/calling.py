"""Calls as Cloud Tasks and Pub/Sub make them."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from typing import Any

from django.test import Client

from tests.unit.auth.tokens import Issuer

URL = "https://shop.example"
OWN = "shop@test.iam.gserviceaccount.com"
SUBSCRIPTION = "projects/test/subscriptions/feedsync-shop-from-studio"
PUSH, PULL, RELAY = "/feedsync/push/", "/feedsync/tasks/pull/", "/feedsync/tasks/relay/"
CHORES = "/feedsync/tasks/chores/"


@dataclass(frozen=True)
class Google:
    issuer: Issuer
    client: Client

    def token(self, path: str, **claims: Any) -> str:
        """A good one for that door, unless `claims` says otherwise."""
        return self.issuer.token(**{"aud": f"{URL}{path}", "email": OWN, **claims})

    def post(self, path: str, body: bytes, *, token: str | None = None, **headers: str) -> Any:
        """Header names come with underscores; an empty token sends none."""
        token = self.token(path) if token is None else token
        sent = {"Authorization": f"Bearer {token}"} if token else {}
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        return self.client.post(path, data=body, content_type="application/json", headers=sent)

    def push(self, data: bytes, **envelope: Any) -> Any:
        return self.post(PUSH, wrapped(data, **envelope))

    def call(self, path: str, *, retries: int = 0, **body: Any) -> Any:
        return self.post(path, json.dumps(body).encode(), X_CloudTasks_TaskRetryCount=str(retries))


def wrapped(data: bytes, /, *, subscription: str = SUBSCRIPTION, **message: Any) -> bytes:
    """The JSON in which Pub/Sub pushes a message."""
    inside = {
        "data": base64.b64encode(data).decode(),
        "messageId": "1",
        "message_id": "1",
        "publishTime": "2026-11-24T12:00:00.5Z",
        "publish_time": "2026-11-24T12:00:00.5Z",
        "attributes": {"feed": "library.tag", "origin": "studio", "wire": "1"},
    }
    return json.dumps({"message": {**inside, **message}, "subscription": subscription}).encode()
