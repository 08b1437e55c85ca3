"""What the forms do: each is one call of the JSON API, so that the page can do nothing that a client can't."""

from __future__ import annotations

import base64
import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from emulator.web import Reply, Request

Ask = Callable[[Request], Awaitable[Reply]]
Form = Mapping[str, list[str]]  # {field: its values}


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """What a call answered. `refused`: the API's sentence, empty if it was carried out."""

    answer: Mapping[str, Any]
    refused: str = ""


class UnknownAction(LookupError):
    """There is no form for this."""


async def act(ask: Ask, name: str, verb: str, form: Form) -> Done:
    """Carry out what a form asks for, of the resource of that name."""
    if verb not in _ACTIONS:
        raise UnknownAction(verb)
    method, path, body = _ACTIONS[verb](name, form)
    reply = await ask(Request(verb=method, path=path, body=json.dumps(body).encode()))
    answer = json.loads(reply.body or b"{}")
    return Done(answer=answer, refused=answer["error"]["message"] if reply.status >= 400 else "")


Sent = tuple[str, str, dict[str, Any]]  # (verb of HTTP, path, body)


def _publish(name: str, form: Form) -> Sent:
    lines = _first(form, "attributes").splitlines()
    pairs = [line.partition("=") for line in lines if line.strip()]
    message = {
        "data": base64.b64encode(_first(form, "data").replace("\r\n", "\n").encode()).decode(),
        "attributes": {key.strip(): value.strip() for key, _, value in pairs},
        "orderingKey": _first(form, "ordering_key"),
    }
    return "POST", f"/v1/{name}:publish", {"messages": [message]}


def _pull(name: str, form: Form) -> Sent:
    return "POST", f"/v1/{name}:pull", {"maxMessages": _first(form, "count") or "10", "returnImmediately": True}


def _acknowledge(name: str, form: Form) -> Sent:
    return "POST", f"/v1/{name}:acknowledge", {"ackIds": form.get("ack_id", [])}


def _refuse(name: str, form: Form) -> Sent:
    body = {"ackIds": form.get("ack_id", []), "ackDeadlineSeconds": 0}
    return "POST", f"/v1/{name}:modifyAckDeadline", body


def _seek(name: str, form: Form) -> Sent:
    time = _first(form, "time")
    return "POST", f"/v1/{name}:seek", {"time": f"{time}:00Z" if time.count(":") == 1 else f"{time}Z"}


def _of_tasks(verb: str) -> Callable[[str, Form], Sent]:
    return lambda name, form: ("POST", f"/v2/{name}:{verb}", {})


def _delete(name: str, form: Form) -> Sent:
    return "DELETE", f"/v2/{name}", {}


def _first(form: Form, field: str) -> str:
    return form.get(field, [""])[0]


_ACTIONS: dict[str, Callable[[str, Form], Sent]] = {
    "publish": _publish,
    "pull": _pull,
    "acknowledge": _acknowledge,
    "refuse": _refuse,
    "seek": _seek,
    "delete": _delete,
    **{verb: _of_tasks(verb) for verb in ("pause", "resume", "purge", "run")},
}
