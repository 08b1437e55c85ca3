"""Whoever is not Google, and whatever is no call: the right status, one line of log, no secrets, nothing written."""

from __future__ import annotations

import gzip
import json
import logging
import time
from collections.abc import Callable
from typing import Any

import pytest
import zstandard
from django.apps import apps

from consumers.models import DataSource
from feedsync.models import DeadChange
from tests.db.doors.calling import CHORES, OWN, PULL, PUSH, RELAY, SUBSCRIPTION, URL, Google, wrapped
from tests.db.doors.test_push import PAGE
from tests.unit.auth.tokens import Issuer, claims, segment
from tests.unit.consume.pages import page_bytes

pytestmark = pytest.mark.django_db

DOORS = [PUSH, PULL, RELAY, CHORES]
Forge = Callable[[Google, str], str]


def expired(google: Google, path: str) -> str:
    return google.token(path, iat=int(time.time()) - 7_200, exp=int(time.time()) - 3_600)


def unsigned(google: Google, path: str) -> str:
    return f"{segment({'alg': 'none'})}.{segment(claims(aud=URL + path, email=OWN))}."


def forged(google: Google, path: str) -> str:
    """Signed by a key of somebody else's that calls itself like Google's."""
    return Issuer.new(google.issuer.identifier).token(aud=f"{URL}{path}", email=OWN)


FORGERIES: dict[str, Forge] = {
    "none": lambda google, path: "",
    "nonsense": lambda google, path: "sesame-open-the-door",
    "expired": expired,
    "unsigned": unsigned,
    "forged": forged,
    "wrong audience": lambda google, path: google.token(path, aud="https://elsewhere.example" + path),
    "base url as audience": lambda google, path: google.token(path, aud=URL),
    "wrong account": lambda google, path: google.token(path, email="mallory@test.iam.gserviceaccount.com"),
    "unverified account": lambda google, path: google.token(path, email_verified=False),
    "wrong issuer": lambda google, path: google.token(path, iss="https://issuer.example"),
}


@pytest.fixture
def written() -> Callable[[], dict[str, int]]:
    """How many rows there are, by table."""
    return lambda: {model._meta.label: model._default_manager.count() for model in apps.get_models()}


def ours(caplog: pytest.LogCaptureFixture) -> list[logging.LogRecord]:
    """Django has a line of its own for every status of 400 and above."""
    return [record for record in caplog.records if record.name.startswith("feedsync")]


@pytest.mark.parametrize("path", DOORS)
@pytest.mark.parametrize("forge", FORGERIES.values(), ids=FORGERIES)
def test_token_that_does_not_prove_it(
    path: str, forge: Forge, google: Google, studio: DataSource, written: Any, caplog: pytest.LogCaptureFixture
) -> None:
    """401; nothing of the body is looked at, and the token is in no log."""
    before, token = written(), forge(google, path)
    with caplog.at_level(logging.INFO, logger="feedsync"):
        answer = google.post(path, wrapped(PAGE), token=token)
    assert answer.status_code == 401
    assert written() == before
    (record,) = ours(caplog)
    assert vars(record)["reason"]
    for part in filter(None, token.split(".")):
        assert part not in str(vars(record))


def test_token_of_another_door(google: Google, studio: DataSource) -> None:
    """A token that was caught at one door opens no other."""
    assert google.post(PUSH, wrapped(PAGE), token=google.token(PULL)).status_code == 401


def test_body_is_not_read_before_the_token(google: Google, studio: DataSource) -> None:
    """Who proves nothing can't make us read a large body: it is refused for the token, not for its size."""
    assert google.post(PULL, b"x" * 100_000, token="").status_code == 401


BODIES: dict[str, tuple[str, bytes, int]] = {
    "push: empty": (PUSH, b"", 400),
    "push: no JSON": (PUSH, b"no JSON", 400),
    "push: a list": (PUSH, b"[]", 400),
    "push: no message": (PUSH, b"{}", 400),
    "push: message of text": (PUSH, b'{"message": "x", "subscription": "y"}', 400),
    "push: no base64": (PUSH, wrapped(b"", data="*"), 400),
    "push: no UTF-8": (PUSH, b'{"message": "\xff"}', 400),
    "push: nested": (PUSH, b"[" * 100_000, 400),
    "push: nested message": (PUSH, b'{"message":' * 10_000 + b"1" + b"}" * 10_000, 400),
    "push: huge": (PUSH, b" " * (15 * 1024 * 1024), 413),
    "push: compressed": (PUSH, gzip.compress(wrapped(PAGE)), 400),
    "push: of nobody's subscription": (PUSH, wrapped(PAGE, subscription="projects/x/subscriptions/y"), 403),
    "pull: no JSON": (PULL, b"pull it", 400),
    "pull: text": (PULL, b'{"pull": "1", "step": 0}', 400),
    "pull: a flag": (PULL, b'{"pull": true, "step": 0}', 400),
    "pull: negative": (PULL, b'{"pull": -1, "step": 0}', 400),
    "pull: beyond 64 bits": (PULL, b'{"pull": 99999999999999999999999, "step": 0}', 400),
    "pull: no such pull": (PULL, b'{"pull": 99, "step": 0}', 404),
    "pull: nested": (PULL, b"[" * 1_000, 400),
    "pull: huge": (PULL, b" " * 100_000, 413),
    "relay: huge": (RELAY, b" " * 100_000, 413),
}


@pytest.mark.parametrize("case", BODIES)
def test_body_that_is_no_call(
    case: str, google: Google, studio: DataSource, written: Any, caplog: pytest.LogCaptureFixture
) -> None:
    """From a proven caller: refused with a reason, and nothing is written."""
    before, (path, body, status) = written(), BODIES[case]
    with caplog.at_level(logging.INFO, logger="feedsync"):
        assert google.post(path, body).status_code == status
    assert written() == before
    assert len(ours(caplog)) == (status != 404)


def bomb() -> bytes:
    """2 GB of spaces in a few hundred KB, honest about its size."""
    compressor = zstandard.ZstdCompressor().compressobj(size=2 * 1024**3)
    block = b" " * 1024**2
    return b"".join(compressor.compress(block) for _ in range(2 * 1024)) + compressor.flush()


@pytest.mark.parametrize(
    "data",
    [
        zstandard.ZstdCompressor(write_content_size=False).compress(b" " * 1024**2),
        zstandard.ZstdCompressor().compress(b"[" * 100_000),
        zstandard.ZstdCompressor().compress(json.dumps({"wire": 1}).encode()),
        page_bytes(changes=[{"k": ["a"], "v": 2**70, "f": {"slug": "a"}}]),
    ],
    ids=["hides its size", "nested", "empty page", "version out of range"],
)
def test_hostile_message_is_kept_and_not_applied(data: bytes, google: Google, studio: DataSource) -> None:
    """Who may publish can't make us crash or swell; what isn't a page is one dead change, however often it comes."""
    for _ in range(2):
        assert google.push(data).status_code == 204
    assert DeadChange.objects.count() == 1


def test_compressed_bomb_is_not_inflated(google: Google, studio: DataSource) -> None:
    """The size is read before anything is decompressed."""
    data = bomb()
    assert len(data) < 1_000_000
    began = time.process_time()
    assert google.push(data).status_code == 204
    assert time.process_time() - began < 5
    assert "larger than" in DeadChange.objects.get().reason


def test_subscription_in_a_header_is_as_strict(google: Google, studio: DataSource) -> None:
    """Unwrapped, too, a page must come through the subscription of its origin."""
    answer = google.post(PUSH, PAGE, x_goog_pubsub_subscription_name=SUBSCRIPTION + "x")
    assert answer.status_code == 403


def test_certificates_that_are_away(google: Google, studio: DataSource, settings: Any) -> None:
    """Nobody is let in unproven; Google calls again."""
    settings.FEEDSYNC = settings.FEEDSYNC | {"OIDC_CERTS_URL": "http://127.0.0.1:9/certs"}
    assert google.push(PAGE).status_code == 503
