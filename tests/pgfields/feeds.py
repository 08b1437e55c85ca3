"""The PostgreSQL test models travel as a whole."""

from __future__ import annotations

from feedsync import register_model
from tests.pgfields import models

register_model(natural_key=["name"])(models.Arrays)
register_model(natural_key=["name"])(models.Ranges)
