"""Connections only to checked addresses: a requests adapter that resolves a name once and connects to that answer.

A check before the request would not hold: DNS can answer differently a moment later (rebinding). Here the resolved
addresses are checked and connected to in one step, while Host header, SNI and certificate check keep the name.
"""

from __future__ import annotations

import socket
from functools import partial
from typing import Any

from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import ConnectTimeoutError, NameResolutionError, NewConnectionError
from urllib3.util.connection import create_connection

from consumers.http.addresses import Resolver, checked_addresses, system_resolver


class PinnedAdapter(HTTPAdapter):
    """Mount it for http:// and https://; raises UnsafeUrl from within `send`."""

    def __init__(self, *, allow_private: bool, resolve: Resolver = system_resolver) -> None:
        self._checked = partial(checked_addresses, resolve=resolve, allow_private=allow_private)
        super().__init__(max_retries=0)

    def init_poolmanager(self, *arguments: Any, **options: Any) -> None:
        super().init_poolmanager(*arguments, **options)
        self.poolmanager.pool_classes_by_scheme = {
            "http": partial(_pool, HTTPConnectionPool, partial(_PlainConnection, checked=self._checked)),
            "https": partial(_pool, HTTPSConnectionPool, partial(_TLSConnection, checked=self._checked)),
        }


def _pool(kind: type[HTTPConnectionPool], connection: Any, *arguments: Any, **options: Any) -> HTTPConnectionPool:
    pool = kind(*arguments, **options)
    pool.ConnectionCls = connection
    return pool


class _PlainConnection(HTTPConnection):
    def __init__(self, *arguments: Any, checked: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._checked = checked

    def _new_conn(self) -> socket.socket:
        return _connected(self, self._checked)


class _TLSConnection(HTTPSConnection):
    def __init__(self, *arguments: Any, checked: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._checked = checked

    def _new_conn(self) -> socket.socket:
        return _connected(self, self._checked)


def _connected(connection: HTTPConnection, checked: Any) -> socket.socket:
    """A socket to the first of the checked addresses that accepts, with urllib3's own exceptions for the rest."""
    try:
        addresses = checked(connection.host, connection.port)
    except socket.gaierror as error:
        raise NameResolutionError(connection.host, connection, error) from error
    failure: OSError = OSError("the name has no address")
    for address in addresses:
        try:
            return create_connection(
                (address, connection.port), connection.timeout, socket_options=connection.socket_options
            )
        except OSError as error:
            failure = error
    if isinstance(failure, TimeoutError):
        raise ConnectTimeoutError(connection, f"no connection to {connection.host} in time") from failure
    raise NewConnectionError(connection, str(failure)) from failure
