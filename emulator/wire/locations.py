"""google.cloud.location.Locations, part of many services: its messages and methods, with the paths of Tasks."""

from __future__ import annotations

from emulator.wire.classes import build
from emulator.wire.interfaces import interface

TABLE = """
message ListLocationsRequest
    name:1:string filter:2:string page_size:3:int32 page_token:4:string
message ListLocationsResponse
    locations:1:*Location next_page_token:2:string
message GetLocationRequest
    name:1:string
message Location
    name:1:string location_id:4:string display_name:5:string labels:2:map<string> metadata:3:Any
"""

MESSAGES = build("google.cloud.location", TABLE)

LOCATIONS = interface(
    "google.cloud.location.Locations",
    """
ListLocations ListLocationsRequest -> ListLocationsResponse
    GET /v2/{name=projects/*}/locations
    GET /v2beta3/{name=projects/*}/locations
GetLocation GetLocationRequest -> Location
    GET /v2/{name=projects/*/locations/*}
    GET /v2beta3/{name=projects/*/locations/*}
""",
    MESSAGES,
)
