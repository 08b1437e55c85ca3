"""The locations of Cloud Tasks: a queue may be anywhere, and some well-known places are listed."""

from __future__ import annotations

from typing import Any

from emulator import names
from emulator.paging import page
from emulator.tasks.names import check_location, id_of
from emulator.wire.locations import MESSAGES

_LISTED = ("asia-northeast1", "europe-west1", "europe-west3", "us-central1", "us-east1", "us-west1")


class Locations:
    """Each method answers one call."""

    def list_locations(self, request: Any) -> Any:
        """Some locations."""
        project = names.check_project(request.name)
        found = [f"{project}/locations/{each}" for each in _LISTED]
        on_page, token = page(found, size=request.page_size, token=request.page_token)
        shown = [_location(name) for name in on_page]
        return MESSAGES["ListLocationsResponse"](locations=shown, next_page_token=token)

    def get_location(self, request: Any) -> Any:
        """Any location."""
        return _location(check_location(request.name))


def _location(name: str) -> Any:
    place = id_of(name)
    return MESSAGES["Location"](name=name, location_id=place, labels={"cloud.googleapis.com/region": place})
