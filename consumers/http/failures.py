"""What went wrong at a source: exceptions of requests and bad answers in, feedsync's errors out.

The only place where foreign exceptions and status codes get a meaning, as a sentence that a person can act on.
"""

from __future__ import annotations

import json

import requests
import urllib3.exceptions

from feedsync.errors import FeedsyncError, FileGone, SourceAnswer, SourceRefused, SourceUnavailable
from feedsync.export.errors import StaleCursor

OVERLOADED = frozenset({429, 502, 503, 504})
MAX_ERROR_BYTES = 4096


def is_connect_failure(error: BaseException) -> bool:
    """The request never reached the source, so that trying again is safe and quick."""
    if isinstance(error, requests.ConnectTimeout):
        return True
    return isinstance(error, requests.ConnectionError) and isinstance(
        _reason(error), urllib3.exceptions.NewConnectionError
    )


def unreachable(error: requests.RequestException, url: str) -> FeedsyncError:
    """The error for a request that got no answer."""
    if isinstance(error, requests.ConnectTimeout):
        return SourceUnavailable(f"{url} did not accept a connection in time: is it up, and reachable from here?")
    if isinstance(error, requests.Timeout):
        return SourceUnavailable(f"{url} accepted the request and then sent nothing in time: look at its log and load.")
    if isinstance(error, requests.exceptions.SSLError):
        return SourceUnavailable(f"TLS with {url} failed, is its certificate trusted here and valid? {_reason(error)}")
    if isinstance(error, requests.ConnectionError):
        return _not_connected(error, url)
    return SourceAnswer(f"{url} can't be asked: {error}")


def _not_connected(error: requests.ConnectionError, url: str) -> FeedsyncError:
    reason = _reason(error)
    if isinstance(reason, urllib3.exceptions.NameResolutionError):
        return SourceUnavailable(f"The host name of {url} is not known to DNS: check its spelling.")
    if isinstance(reason, urllib3.exceptions.NewConnectionError):
        return SourceUnavailable(f"{url} refused the connection: is the source running, and the port right?")
    return SourceUnavailable(f"{url} closed the connection without an answer: {reason}")


def check_answer(response: requests.Response, url: str) -> None:
    """Return for a 200 that may be one of feedsync's; raise what it means otherwise."""
    status, said = response.status_code, _said(response)
    if status in (401, 403):
        raise SourceRefused(_refused(status, url) + said)
    if 300 <= status < 400:
        target = response.headers.get("Location", "nowhere")
        raise SourceAnswer(f"{url} redirects to {target}, which is not followed: enter the final https URL.")
    if status >= 500 or status in OVERLOADED:
        raise SourceUnavailable(f"{url} answered {status} {response.reason}: look at the log of the source.{said}")
    if status != 200:
        raise _unusable(status, url, said)
    if response.headers.get("Content-Type", "").startswith("text/html"):
        raise SourceAnswer(
            f"{url} answered with a web page: does the URL belong to a feedsync environment, and does a log-in page or "
            f"proxy stand before it?"
        )


def check_file_answer(response: requests.Response, url: str) -> None:
    """Return for the bytes of a file, all or a part; raise what anything else means."""
    if response.status_code in (404, 409):
        said = _said(response)
        if said:
            raise FileGone(f"{url}: the source doesn't have this file any more, or not yet.{said}")
    if response.status_code != 206:
        check_answer(response, url)
    if response.headers.get("Content-Encoding", "identity").strip().lower() not in ("", "identity"):
        raise SourceAnswer(f"{url} answered with a compressed file, which was not asked for: refused.")


def _unusable(status: int, url: str, said: str) -> FeedsyncError:
    if status == 409:
        return StaleCursor(f"{url} does not take this cursor any more.{said}")
    if status == 404 and not said:
        return SourceAnswer(f"{url} was not found: is feedsync.urls included there, and the prefix of the URL right?")
    return SourceAnswer(f"{url} answered {status}.{said}")


def _said(response: requests.Response) -> str:
    """What feedsync at the other end gives as the reason, quoted; nothing for other people's errors."""
    if response.status_code == 200 or not response.headers.get("Content-Type", "").startswith("application/json"):
        return ""
    try:
        answer = json.loads(response.raw.read(MAX_ERROR_BYTES, decode_content=True))
    except (ValueError, OSError, urllib3.exceptions.HTTPError):
        return ""
    said = answer.get("error") if isinstance(answer, dict) else None
    return f' It said: "{said}"' if isinstance(said, str) and said else ""


def _refused(status: int, url: str) -> str:
    if status == 403:
        return f"{url} knows this environment but does not let it read this: see its FEEDSYNC['READERS'][…]['feeds']."
    return (
        f"{url} refused our credentials: its FEEDSYNC['READERS'] needs an entry for this environment with the secret "
        f"or service account that we use, the DataSource's name must be its ENVIRONMENT, and both clocks must be right."
    )


def _reason(error: requests.RequestException) -> object:
    """The innermost exception: urllib3 wraps it in MaxRetryError, requests wraps that."""
    inner = error.args[0] if error.args else error
    return getattr(inner, "reason", None) or inner
