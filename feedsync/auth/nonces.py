"""Nonces already seen: a nonce with its expiry in, True out for its first use only.

`DatabaseNonces` holds across processes and restarts; `MemoryNonces` is its twin for tests. Both forget a nonce once
the time window alone refuses it, so the store stays as small as five minutes of requests.
"""

from __future__ import annotations

import datetime as dt
from typing import Protocol

from django.db import IntegrityError, router, transaction


class NonceStore(Protocol):
    """Remembers nonces until they expire; two concurrent first uses of one nonce never both get True."""

    def first_use(self, nonce: str, *, now: float, expires_at: float) -> bool: ...


class MemoryNonces:
    """For one process and one thread."""

    def __init__(self) -> None:
        self._expiry: dict[str, float] = {}  # {nonce: expires_at}

    def first_use(self, nonce: str, *, now: float, expires_at: float) -> bool:
        self._expiry = {known: expiry for known, expiry in self._expiry.items() if expiry > now}
        if nonce in self._expiry:
            return False
        self._expiry[nonce] = expires_at
        return True


class DatabaseNonces:
    """In the table UsedNonce: its unique constraint decides between concurrent requests."""

    def __init__(self, *, using: str | None = None, purge_share: int = 256) -> None:
        self._using = using
        self._purge_share = purge_share

    def first_use(self, nonce: str, *, now: float, expires_at: float) -> bool:
        from feedsync.models import UsedNonce

        using = self._using or router.db_for_write(UsedNonce)
        if int(nonce[:8], 16) % self._purge_share == 0:
            # One use in `purge_share`, picked by the nonce's own randomness: no clock or counter to keep in a process.
            UsedNonce.objects.using(using).filter(expires_at__lt=_moment(now)).delete()
        try:
            with transaction.atomic(using=using):
                UsedNonce.objects.using(using).create(nonce=nonce, expires_at=_moment(expires_at))
        except IntegrityError:
            return False
        return True


def _moment(seconds: float) -> dt.datetime:
    return dt.datetime.fromtimestamp(seconds, tz=dt.UTC)
