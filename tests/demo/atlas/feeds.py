"""Which of the demo's models travel, and what they are known by."""

from __future__ import annotations

from feedsync import register_model
from tests.demo.atlas import models

register_model(natural_key=["code"])(models.Country)
register_model(natural_key=["country.code", "code"])(models.Subdivision)
register_model(natural_key=["code"])(models.Language)
register_model(natural_key=["code"])(models.Locale)
register_model(natural_key=["locale.language.code", "locale.code", "territory"])(models.TerritoryName)
register_model(natural_key=["slug"])(models.Tag)
register_model(
    natural_key=["geoname"],
    fields=["geoname", "country", "name", "population", "latitude", "longitude", "time_zone", "updated", "tags"],
)(models.City)
register_model(natural_key=["city.geoname", "name"])(models.AlternateName)
register_model(natural_key=["country.code"])(models.Capital)
