"""One source over HTTP: a path in, parsed JSON or a stream of lines out, every failure one of feedsync's errors.

Each request is signed anew, connects to checked addresses only and follows no redirect. Connecting is retried, and so
is an overloaded source; a stream that has begun is not: who reads it resumes at its cursor.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Generator, Iterator, Mapping
from functools import partial
from typing import Any

import requests
import tenacity
import urllib3.exceptions
from django.conf import settings as django_settings
from requests.adapters import BaseAdapter
from requests.auth import AuthBase

from consumers.http.addresses import Resolver, check_target, check_url, system_resolver
from consumers.http.credentials import credentials_for
from consumers.http.failures import OVERLOADED, check_answer, is_connect_failure, unreachable
from consumers.http.lines import decoded, split
from consumers.http.pinned import PinnedAdapter
from feedsync.conf import settings
from feedsync.errors import SourceAnswer, SourceUnavailable

CONNECT_SECONDS = 5.0
READ_SECONDS = 30.0
ATTEMPTS = 4
MAX_JSON_BYTES = 64 * 1024 * 1024
CHUNK_BYTES = 64 * 1024


def open_source(name: str, url: str) -> Source:
    """The source of that environment name and URL, with this environment's credentials and address rules."""
    allow_private = settings().allow_private_sources or django_settings.DEBUG
    return Source(url, auth=credentials_for(name, url), allow_private=allow_private)


class Source:
    """A client for one source and one thread; close it, or use it in a `with`."""

    def __init__(
        self,
        url: str,
        *,
        auth: AuthBase,
        allow_private: bool = False,
        resolve: Resolver = system_resolver,
        read_seconds: float = READ_SECONDS,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        check_url(url, allow_private=allow_private)
        self.url = url.rstrip("/")
        self._auth = auth
        self._timeout = (CONNECT_SECONDS, read_seconds)
        self._sleep = sleep
        self._allow_private = allow_private
        self._session = _session(PinnedAdapter(allow_private=allow_private, resolve=resolve))

    def __enter__(self) -> Source:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._session.close()

    def get_json(self, path: str, params: Mapping[str, str] | None = None) -> Any:
        """The parsed answer, of 64 MiB at most."""
        return self._json(path, self.stream_bytes(path, params))

    def post_json(self, path: str, value: Any) -> Any:
        """The parsed answer to a question that is too long for a URL; it must be one that may be asked twice."""
        return self._json(path, self.stream_bytes(path, body=json.dumps(value).encode()))

    def _json(self, path: str, pieces: Iterator[bytes]) -> Any:
        body = bytearray()
        for piece in pieces:
            body += piece
            if len(body) > MAX_JSON_BYTES:
                raise SourceAnswer(f"{self._address(path)} answered with more than {MAX_JSON_BYTES} bytes of JSON.")
        try:
            return json.loads(body)
        except ValueError as error:
            raise SourceAnswer(f"{self._address(path)} answered something that is no JSON: {error}.") from error

    def stream_bytes(
        self, path: str, params: Mapping[str, str] | None = None, *, body: bytes | None = None
    ) -> Generator[bytes, None, None]:
        """The decompressed body in pieces of no particular size; the request is made with the first of them."""
        with self._answer(path, params, body) as response:
            pieces = decoded_body(response)
            yield from _guarded(pieces, self._address(path), unit="pieces")

    def stream_lines(self, path: str, params: Mapping[str, str] | None = None) -> Generator[bytes, None, None]:
        """The lines of an NDJSON answer without their newlines, as they arrive; closing it ends the request."""
        with self._answer(path, params) as response:
            lines = split(decoded_body(response))
            yield from _guarded(lines, self._address(path), unit="lines")

    def ask(
        self, path: str, params: Mapping[str, str] | None = None, headers: Mapping[str, str] | None = None
    ) -> requests.Response:
        """The answer as it is, for the caller to check and close."""
        return self._ask(self._address(path), self._session, params=params, headers=headers, auth=self._auth)

    def ask_elsewhere(self, url: str, headers: Mapping[str, str]) -> requests.Response:
        """Where a source sent us for a file: by the same rules for addresses, and without credentials or cookies."""
        check_target(url, allow_private=self._allow_private)
        with_nothing = _session(self._session.get_adapter(url))
        return self._ask(url, with_nothing, headers=headers)

    def _answer(self, path: str, params: Mapping[str, str] | None, body: bytes | None = None) -> requests.Response:
        url = self._address(path)
        if body is None:
            response = self.ask(path, params)
        else:
            kind = {"Content-Type": "application/json"}
            response = self._ask(url, self._session, method="POST", data=body, headers=kind, auth=self._auth)
        try:
            check_answer(response, url)
        except BaseException:
            response.close()
            raise
        return response

    def _ask(self, url: str, session: requests.Session, *, method: str = "GET", **options: Any) -> requests.Response:
        how: dict[str, Any] = {"timeout": self._timeout, "stream": True, "allow_redirects": False, **options}
        try:
            response: requests.Response = self._retrying()(partial(session.request, method, url, **how))
        except requests.RequestException as error:
            raise unreachable(error, url.partition("?")[0]) from error
        return response

    def _retrying(self) -> tenacity.Retrying:
        return tenacity.Retrying(
            stop=tenacity.stop_after_attempt(ATTEMPTS),
            wait=tenacity.wait_random_exponential(multiplier=1, max=8),
            retry=tenacity.retry_if_exception(is_connect_failure) | tenacity.retry_if_result(_overloaded),
            before_sleep=_drop_answer,
            # Out of attempts: hand over the last answer, or raise the last exception.
            retry_error_callback=lambda state: state.outcome.result() if state.outcome else None,
            sleep=self._sleep,
        )

    def _address(self, path: str) -> str:
        return f"{self.url}/{path.lstrip('/')}"


def decoded_body(response: requests.Response) -> Iterator[bytes]:
    """Chunks as they arrive: urllib3's own decoding would know neither zstd everywhere nor our bounds."""
    chunks = response.raw.stream(CHUNK_BYTES, decode_content=False)
    return decoded(chunks, response.headers.get("Content-Encoding", ""))


def _guarded(parts: Iterator[bytes], url: str, *, unit: str) -> Iterator[bytes]:
    count = 0
    try:
        for part in parts:
            yield part
            count += 1
    except (EOFError, OSError, urllib3.exceptions.HTTPError) as error:
        raise SourceUnavailable(f"{url}: the stream was cut after {count:,} {unit} ({error}).") from error
    except ValueError as error:
        raise SourceAnswer(f"{url}: {error}.") from error


def _session(adapter: BaseAdapter) -> requests.Session:
    session = requests.Session()
    # Proxies and .netrc of the process stay out: a proxy would resolve names behind our address check.
    session.trust_env = False
    session.verify = os.environ.get("REQUESTS_CA_BUNDLE") or True
    session.headers.update({"Accept-Encoding": "zstd, gzip", "User-Agent": "feedsync"})
    session.mount("https://", adapter)
    session.mount("http://", adapter)
    return session


def _overloaded(response: requests.Response) -> bool:
    return response.status_code in OVERLOADED


def _drop_answer(state: tenacity.RetryCallState) -> None:
    if state.outcome is not None and not state.outcome.failed:
        state.outcome.result().close()
