"""A real HTTP server that takes what the emulator sends, answers as told, and remembers."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

_LIMIT_SECONDS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """One request."""

    verb: str
    path: str
    headers: Mapping[str, Any]  # found in any case; None where there is none
    body: bytes

    @property
    def token(self) -> str:
        """The bearer token."""
        return str(self.headers["Authorization"]).removeprefix("Bearer ")


def wait_until(condition: Callable[[], Any]) -> None:
    """Wait for the condition, with a generous limit."""
    end = time.monotonic() + _LIMIT_SECONDS
    while not condition():
        assert time.monotonic() < end, "it never came true"
        time.sleep(0.005)


class Target:
    """Answers with a status, or with what `answer` says: a status, or a status and headers."""

    def __init__(self) -> None:
        self.answer: Callable[[Received], Any] = lambda _: 200
        self.received: list[Received] = []
        self._changed = threading.Condition()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self._server.server_port}"

    def take(self, received: Received) -> tuple[int, Mapping[str, str]]:
        """Remember a request, and say what to answer."""
        with self._changed:
            self.received.append(received)
            self._changed.notify_all()
        answer = self.answer(received)
        return answer if isinstance(answer, tuple) else (answer, {})

    def wait_for(self, count: int) -> list[Received]:
        """What came, as soon as there are so many."""
        with self._changed:
            assert self._changed.wait_for(lambda: len(self.received) >= count, _LIMIT_SECONDS), self.received
            return list(self.received)


def _handler(target: Target) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _handle(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            received = Received(verb=self.command, path=self.path, headers=self.headers, body=body)  # type: ignore[arg-type]
            status, headers = target.take(received)
            self.send_response(status)
            for name, value in {"Content-Length": "0", **headers}.items():
                self.send_header(name, value)
            self.end_headers()

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = do_OPTIONS = _handle  # noqa: N815

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
            """Be quiet."""

    return Handler
