"""Which test models travel, in the call form that one uses for models that one doesn't own."""

from __future__ import annotations

from feedsync import register_model
from tests.library import models

register_model(natural_key=["code"])(models.Country)
register_model(natural_key=["country.code", "code"])(models.Language)
register_model(natural_key=["slug"])(models.Tag)
register_model(natural_key=["language.country.code", "language.code", "key"])(models.Copy)
register_model(natural_key=["country.code", "code"])(models.NullableKey)
register_model(natural_key=["country.code", "number"])(models.Stamp)

register_model(natural_key=["country.code", "number"])(models.Shelf)
register_model(natural_key=["slug"], exclude=["note"])(models.Slot)

register_model(natural_key=["slug"])(models.Category)
register_model(natural_key=["code"])(models.RingA)
register_model(natural_key=["code"])(models.RingB)

register_model(natural_key=["email"])(models.Person)
register_model(natural_key=["name"])(models.Club)
register_model(natural_key=["person.email", "club.name"])(models.Membership)
register_model(natural_key=["person.email"])(models.Profile)

register_model(natural_key=["name"])(models.EveryField)
register_model(natural_key=["id"])(models.UuidThing)
register_model(natural_key=["code"])(models.CodeThing)
register_model(natural_key=["code"], fields=["code", "title", "owner"])(models.Item)
register_model(natural_key=["code"], file_fields=("file",))(models.Attachment)
register_model(natural_key=["code"])(models.Hidden)
