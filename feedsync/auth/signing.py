"""Request signatures with a shared secret: what is signed and a secret in, an Authorization header out, and back.

A signature covers the source's environment name, method, path, query, body, reader, time and nonce. So it serves one
request, at one source, once, within five minutes. The Host header is left out because reverse proxies rewrite it.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import secrets
from dataclasses import dataclass
from urllib.parse import quote, unquote

from feedsync.auth.nonces import NonceStore
from feedsync.errors import Refused

SCHEME = "Feedsync-HMAC"
WINDOW_SECONDS = 300

_HEADER = re.compile(
    SCHEME + r" reader=(?P<reader>[^,\s]{1,300}),time=(?P<time>[0-9]{1,12}),"
    r"nonce=(?P<nonce>[0-9a-f]{32}),signature=(?P<signature>[0-9a-f]{64})",
    re.ASCII,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """What a request says, in the form that both ends see alike: the path percent-decoded, the query raw."""

    environment: str
    method: str
    path: str
    query: str = ""
    body: bytes = b""


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """An Authorization header taken apart; nothing in it is proven before `verify`."""

    reader: str
    time: int
    nonce: str
    signature: str


def sign(message: Message, secret: str, *, reader: str, time: float, nonce: str | None = None) -> str:
    """The Authorization header for one request; the nonce is drawn at random unless given."""
    nonce = nonce or secrets.token_hex(16)
    signature = _signature(message, secret, reader=reader, time=int(time), nonce=nonce)
    return f"{SCHEME} reader={quote(reader, safe='')},time={int(time)},nonce={nonce},signature={signature}"


def parse(header: str) -> Claim:
    """The header taken apart; raises Refused when it isn't exactly one of ours."""
    match = _HEADER.fullmatch(header)
    if match is None:
        raise Refused("malformed signature header")
    return Claim(
        reader=unquote(match["reader"]), time=int(match["time"]), nonce=match["nonce"], signature=match["signature"]
    )


def verify(message: Message, claim: Claim, *, secret: str, now: float, nonces: NonceStore) -> None:
    """Return if the claim holds for this message, now and for the first time; raise Refused otherwise."""
    if not secret:
        raise Refused("the reader has no secret")
    if abs(now - claim.time) > WINDOW_SECONDS:
        raise Refused("signature too old or from the future")
    expected = _signature(message, secret, reader=claim.reader, time=claim.time, nonce=claim.nonce)
    if not hmac.compare_digest(expected, claim.signature):
        raise Refused("wrong signature")
    # Last, so that only who knows a secret can fill the store.
    if not nonces.first_use(_nonce_key(claim), now=now, expires_at=claim.time + WINDOW_SECONDS + 1):
        raise Refused("replayed signature")


def _signature(message: Message, secret: str, *, reader: str, time: int, nonce: str) -> str:
    # A JSON list keeps the parts apart whatever characters they hold.
    parts = [
        SCHEME,
        message.environment,
        message.method.upper(),
        message.path,
        message.query,
        hashlib.sha256(message.body).hexdigest(),
        reader,
        time,
        nonce,
    ]
    signed = json.dumps(parts, ensure_ascii=True, separators=(",", ":"))
    return hmac.new(secret.encode(), signed.encode(), hashlib.sha256).hexdigest()


def _nonce_key(claim: Claim) -> str:
    """Per reader, so that no reader can use up another's nonces."""
    return hashlib.blake2s(f"{claim.nonce} {claim.reader}".encode(), digest_size=16).hexdigest()
