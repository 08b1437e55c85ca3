"""Signatures: what was signed passes once, anything else is refused."""

from __future__ import annotations

from dataclasses import replace

import pytest

from feedsync.auth import signing
from feedsync.auth.nonces import MemoryNonces
from feedsync.errors import Refused

SECRET = "correct horse"
NOW = 1_800_000_000.0
MESSAGE = signing.Message(
    environment="studio", method="GET", path="/feedsync/export/", query="cursor=ä", body=b'{"keys": []}'
)


def claimed(message: signing.Message = MESSAGE, *, reader: str = "shop", secret: str = SECRET) -> signing.Claim:
    """What the other end reads from the header that this end wrote."""
    return signing.parse(signing.sign(message, secret, reader=reader, time=NOW))


def test_signed_request_passes() -> None:
    """A request that arrives as it was signed is accepted."""
    signing.verify(MESSAGE, claimed(), secret=SECRET, now=NOW + 1, nonces=MemoryNonces())


@pytest.mark.parametrize(
    "changed",
    [
        replace(MESSAGE, path="/feedsync/export/x"),
        replace(MESSAGE, query="cursor=b"),
        replace(MESSAGE, method="POST"),
        replace(MESSAGE, body=b""),
        replace(MESSAGE, environment="shop"),
        # The same characters, cut elsewhere.
        replace(MESSAGE, path="/feedsync/export/cursor", query="=ä"),
    ],
)
def test_tampered_request_is_refused(changed: signing.Message) -> None:
    """A signature holds for one source, method, path, query and body."""
    with pytest.raises(Refused, match="wrong signature"):
        signing.verify(changed, claimed(), secret=SECRET, now=NOW, nonces=MemoryNonces())


@pytest.mark.parametrize("changes", [{"time": int(NOW) + 1}, {"nonce": "0" * 32}, {"reader": "staging"}])
def test_tampered_header_is_refused(changes: dict[str, int | str]) -> None:
    """Time, nonce and reader are signed too."""
    with pytest.raises(Refused, match="wrong signature"):
        signing.verify(
            MESSAGE,
            replace(claimed(), **changes),  # type: ignore[arg-type]  # mypy can't match a dict to the fields
            secret=SECRET,
            now=NOW,
            nonces=MemoryNonces(),
        )


def test_wrong_secret_is_refused() -> None:
    """Only who knows the secret can sign."""
    with pytest.raises(Refused, match="wrong signature"):
        signing.verify(MESSAGE, claimed(secret="guess"), secret=SECRET, now=NOW, nonces=MemoryNonces())


def test_empty_secret_is_refused() -> None:
    """A reader without a secret can't be impersonated by signing with nothing."""
    with pytest.raises(Refused, match="no secret"):
        signing.verify(MESSAGE, claimed(secret=""), secret="", now=NOW, nonces=MemoryNonces())


@pytest.mark.parametrize("seconds", [-301, 301, 10**9])
def test_request_outside_the_window_is_refused(seconds: int) -> None:
    """A signature serves for five minutes before and after its time."""
    with pytest.raises(Refused, match="too old or from the future"):
        signing.verify(MESSAGE, claimed(), secret=SECRET, now=NOW + seconds, nonces=MemoryNonces())


@pytest.mark.parametrize("seconds", [-300, 300])
def test_request_at_the_edge_of_the_window_passes(seconds: int) -> None:
    """Clocks may differ by five minutes."""
    signing.verify(MESSAGE, claimed(), secret=SECRET, now=NOW + seconds, nonces=MemoryNonces())


@pytest.mark.parametrize("seconds", [0, 299, 300])
def test_replay_is_refused(seconds: int) -> None:
    """A request is accepted once, for as long as its time would let it pass."""
    nonces = MemoryNonces()
    claim = claimed()
    signing.verify(MESSAGE, claim, secret=SECRET, now=NOW, nonces=nonces)
    with pytest.raises(Refused, match="replayed"):
        signing.verify(MESSAGE, claim, secret=SECRET, now=NOW + seconds, nonces=nonces)


def test_each_signing_has_its_own_nonce() -> None:
    """The same request sent twice is no replay when it was signed twice."""
    nonces = MemoryNonces()
    for _ in range(2):
        signing.verify(MESSAGE, claimed(), secret=SECRET, now=NOW, nonces=nonces)


def test_refused_request_uses_no_nonce() -> None:
    """A forged request neither fills the store nor burns the nonce of the real one."""
    nonces = MemoryNonces()
    claim = claimed()
    with pytest.raises(Refused):
        signing.verify(MESSAGE, replace(claim, signature="0" * 64), secret=SECRET, now=NOW, nonces=nonces)
    signing.verify(MESSAGE, claim, secret=SECRET, now=NOW, nonces=nonces)


def test_reader_names_survive_the_header() -> None:
    """A name with separators in it can't break out of its place."""
    claim = claimed(reader="a,time=1 ü")
    assert claim.reader == "a,time=1 ü"
    signing.verify(MESSAGE, claim, secret=SECRET, now=NOW, nonces=MemoryNonces())


@pytest.mark.parametrize(
    "header",
    [
        "",
        "Feedsync-HMAC",
        "Feedsync-HMAC reader=a",
        "Bearer abc",
        signing.sign(MESSAGE, SECRET, reader="a", time=NOW) + ",reader=b",
        signing.sign(MESSAGE, SECRET, reader="a", time=NOW).replace("time=", "time=-"),
        signing.sign(MESSAGE, SECRET, reader="a", time=NOW).replace("time=", "time=" + "9" * 99),
    ],
)
def test_malformed_header_is_refused(header: str) -> None:
    """Only a header in exactly our form is read."""
    with pytest.raises(Refused, match="malformed"):
        signing.parse(header)
