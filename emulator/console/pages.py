"""The paths of the web page: `/` shows everything, `/console/NAME` one resource, `POST /console/NAME:VERB` acts on it.

After an action the browser is sent back to the resource, so that reloading repeats nothing; what was pulled is shown
at once. A form of another site is refused: whoever visits one shall not publish by it.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from importlib import resources
from urllib.parse import parse_qs, quote, unquote, urlencode

from emulator.console.actions import Ask, UnknownAction, act
from emulator.console.html import Markup
from emulator.console.layout import page
from emulator.console.overview import overview
from emulator.console.queue import queue
from emulator.console.subscription import subscription
from emulator.console.topic import topic
from emulator.errors import NotFound, Refusal
from emulator.state import State
from emulator.web import Pages, Reply, Request

_PREFIX = "/console/"
_DONE = {
    "publish": "Published.",
    "acknowledge": "Acknowledged.",
    "refuse": "Given back.",
    "seek": "Sought.",
    "pause": "Paused.",
    "resume": "Running again.",
    "purge": "All tasks are gone.",
    "run": "Dispatched.",
    "delete": "Deleted.",
}


def pages(state: State, ask: Ask) -> Pages:
    """The pages over a state; `ask` is the JSON API."""

    async def first(request: Request) -> Reply:
        return _reply(overview(state))

    async def show(request: Request) -> Reply:
        notice = dict(request.parameters).get("notice", "")
        return _shown(state, unquote(request.path.removeprefix(_PREFIX)), notice=notice)

    async def style(request: Request) -> Reply:
        text = resources.files("emulator.console").joinpath("style.css").read_bytes()
        return Reply(body=text, content_type="text/css; charset=utf-8")

    return {
        ("GET", "/"): first,
        ("GET", f"{_PREFIX}style.css"): style,
        ("GET", f"{_PREFIX}*"): show,
        ("POST", f"{_PREFIX}*"): partial(_act, state, ask),
    }


async def _act(state: State, ask: Ask, request: Request) -> Reply:
    if request.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none"):
        return _reply(page("Refused", [], notice="This form came from another site."), status=403)
    name, _, verb = unquote(request.path.removeprefix(_PREFIX)).rpartition(":")
    try:
        done = await act(ask, name, verb, parse_qs(request.body.decode(errors="replace"), keep_blank_values=True))
    except UnknownAction:
        return _reply(page("Not found", [], notice=f"Nothing here can do {verb!r}."), status=404)
    if verb == "pull" and not done.refused:
        return _reply(subscription(state, name, pulled=done.answer.get("receivedMessages", [])))
    home = name.partition("/tasks/")[0]
    where = f"{_PREFIX}{quote(home)}?{urlencode({'notice': done.refused or _DONE.get(verb, '')})}"
    return Reply(status=303, headers={"Location": where})


def _shown(state: State, name: str, *, notice: str) -> Reply:
    try:
        return _reply(_view(name)(state, name, notice=notice))
    except Refusal as refusal:
        return _reply(page("Not found", [], notice=str(refusal)), status=404)


def _view(name: str) -> Callable[..., Markup]:
    views: dict[str, Callable[..., Markup]] = {"topics": topic, "subscriptions": subscription, "queues": queue}
    kind = name.split("/")[-2] if name.count("/") else ""
    if kind not in views:
        raise NotFound(f"{name} is no topic, subscription or queue.")
    return views[kind]


def _reply(body: Markup, *, status: int = 200) -> Reply:
    policy = "default-src 'none'; style-src 'self'; form-action 'self'; frame-ancestors 'none'"
    return Reply(
        status=status,
        body=body.encode(),
        content_type="text/html; charset=utf-8",
        headers={"Content-Security-Policy": policy, "Cache-Control": "no-store"},
    )
