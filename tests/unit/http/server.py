"""A real HTTP server in a thread: answers by path in, a base URL out, every request written down.

An answer is a function of the handler, so that a test can also cut, hang or lie. With `tls` it serves https, and
notes the server name that the client asked for.
"""

from __future__ import annotations

import ssl
import threading
from collections.abc import Callable, Iterable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Self

Answer = Callable[[BaseHTTPRequestHandler], None]


class Server:
    """Serves until the `with` ends; `paths`, `headers` and `names` hold what was asked, in order."""

    def __init__(self, answers: dict[str, Answer] | None = None, *, tls: ssl.SSLContext | None = None) -> None:
        self.answers = answers or {}  # {path without query: answer}
        self.paths: list[str] = []
        self.headers: list[dict[str, str]] = []
        self.names: list[str | None] = []  # what TLS clients sent as SNI
        self.released = threading.Event()  # set at the end: hanging answers wait for it
        self._http = _Quiet(("127.0.0.1", 0), _handler(self))
        self._http.daemon_threads = False  # so that closing waits for every answer
        self.port = self._http.server_port
        self.url = f"{'https' if tls else 'http'}://127.0.0.1:{self.port}"
        if tls is not None:
            tls.sni_callback = lambda _socket, name, _context: self.names.append(name)
            self._http.socket = tls.wrap_socket(self._http.socket, server_side=True, do_handshake_on_connect=False)
        self._thread = threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.01})

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.released.set()
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()


class _Quiet(ThreadingHTTPServer):
    def handle_error(self, *_: object) -> None:
        """Clients that hang up or refuse a certificate are what these tests are about."""


def _handler(server: Server) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        body = b""

        def do_GET(self) -> None:
            server.paths.append(self.path)
            server.headers.append({name.lower(): value for name, value in self.headers.items()})
            self.close_connection = True
            server.answers.get(self.path.partition("?")[0], plain(b"not here", status=404))(self)

        def do_POST(self) -> None:
            self.body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            self.do_GET()

        def end_headers(self) -> None:
            # Or else a client may use the connection again while it is being closed.
            self.send_header("Connection", "close")
            super().end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing on stderr."""

    return Handler


def plain(body: bytes, *, status: int = 200, kind: str = "application/json", **headers: str) -> Answer:
    """One answer with its length; header names come with underscores."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        handler.send_header("Content-Type", kind)
        handler.send_header("Content-Length", str(len(body)))
        for name, value in headers.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.end_headers()
        handler.wfile.write(body)

    return answer


def chunked(chunks: Iterable[bytes], *, encoding: str = "", complete: bool = True) -> Answer:
    """A stream in HTTP chunks, cut after the last one unless `complete`."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Type", "application/x-ndjson")
        handler.send_header("Transfer-Encoding", "chunked")
        if encoding:
            handler.send_header("Content-Encoding", encoding)
        handler.end_headers()
        for chunk in chunks:
            handler.wfile.write(b"%x\r\n%b\r\n" % (len(chunk), chunk))
            handler.wfile.flush()
        if complete:
            handler.wfile.write(b"0\r\n\r\n")

    return answer


def in_turn(*answers: Answer) -> Answer:
    """The first answer once, then the next; the last one stays."""
    left = list(answers)

    def answer(handler: BaseHTTPRequestHandler) -> None:
        (left.pop(0) if len(left) > 1 else left[0])(handler)

    return answer
