"""Where App Engine tasks go on this machine: a service's address, or the one for all of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from emulator.errors import FailedPrecondition


class AppEngine:
    """Addresses by service: {"worker": "http://127.0.0.1:8001", "": "http://127.0.0.1:8000"}; "" is for all others."""

    def __init__(self, addresses: Mapping[str, str]) -> None:
        self._addresses = {service: url.rstrip("/") for service, url in addresses.items()}

    def url(self, queue: Any, task: Any) -> str:
        """Where a task goes, queue and task as they are kept."""
        routing = task.app_engine_http_request.app_engine_routing
        if queue.app_engine_http_queue.HasField("app_engine_routing_override"):
            routing = queue.app_engine_http_queue.app_engine_routing_override
        address = self._addresses.get(routing.service, self._addresses.get(""))
        if address is None:
            service = routing.service or "default"
            raise FailedPrecondition(f"The App Engine service {service} has no address here; see --app-engine.")
        return address + (task.app_engine_http_request.relative_uri or "/")
