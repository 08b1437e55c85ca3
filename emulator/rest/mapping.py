"""The services as JSON over HTTP: finds the method whose rule fits, asks it, and writes what it says.

Streaming methods have no rule. Refusals, planned faults too, become errors as Google's services write them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from emulator.call_faults import CallFaults
from emulator.errors import NotFound, Refusal
from emulator.rest import replies, requests
from emulator.rest.templates import Template, compiled
from emulator.serving.answering import answered
from emulator.serving.service import Answer, Service
from emulator.web import Reply, Request
from emulator.wire.interfaces import Rule


@dataclass(frozen=True, slots=True, kw_only=True)
class _Route:
    template: Template
    rule: Rule
    answer: Answer


class _Call:
    """A call over HTTP: the client does not say when it gives up."""

    def time_remaining(self) -> float | None:
        """Unknown."""
        return None

    async def write(self, response: Any) -> None:
        """Never called: no method with an HTTP rule streams."""
        raise NotImplementedError


class JsonMapping:
    """Answers HTTP requests for the services."""

    def __init__(self, services: Iterable[Service], faults: CallFaults) -> None:
        self._faults = faults
        self._routes: dict[str, list[_Route]] = defaultdict(list)  # {verb: routes}
        for service in services:
            for answer in service.answers.values():
                for rule in answer.method.rules:
                    route = _Route(template=compiled(rule.template), rule=rule, answer=answer)
                    self._routes[rule.verb].append(route)

    async def answer(self, request: Request) -> Reply:
        """The response, or the error."""
        try:
            return await self._answer(request)
        except Refusal as refusal:
            return replies.failure(refusal)

    async def _answer(self, request: Request) -> Reply:
        route, bound = self._find(request)
        query = request.parameters
        kind = request.headers.get("Content-Type", "")
        message = requests.message(
            route.answer.method, route.rule, body=request.body, query=query, bound=bound, content_type=kind
        )
        response = await answered(route.answer, self._faults, message, _Call())
        method = route.answer.method
        if type(response) is not method.response:  # another class that is the same on the wire
            response = method.response.FromString(response.SerializeToString())
        return replies.success(response, query)

    def _find(self, request: Request) -> tuple[_Route, dict[str, str]]:
        path = request.path.replace("%3A", ":")  # some clients encode the colon before a custom verb
        for route in self._routes.get(request.verb, ()):
            bound = route.template.bound(path)
            if bound is not None:
                return route, bound
        raise NotFound(f"No method is called by {request.verb} {request.path}.")
