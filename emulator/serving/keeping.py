"""A service that answers when what it says is kept: nothing is confirmed before the commit that holds it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from emulator.journal import Journal
from emulator.serving.service import Answer, Service
from emulator.wire.call import Call


def kept(service: Service, journal: Journal) -> Service:
    """The service, over state that writes to the journal. Streams are answered at once."""
    return replace(service, answers={name: _kept(answer, journal) for name, answer in service.answers.items()})


def _kept(answer: Answer, journal: Journal) -> Answer:
    if answer.method.streams:
        return answer

    async def handle(request: Any, call: Call) -> Any:
        before = journal.position
        response = await answer.handle(request, call) if answer.waits else answer.handle(request)
        if journal.position != before:
            await journal.settled()
        return response

    return replace(answer, handle=handle, waits=True)
