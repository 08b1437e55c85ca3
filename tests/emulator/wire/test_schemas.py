"""The tables of SchemaService and IAMPolicy agree with the published API."""

from __future__ import annotations

from typing import Any

import pytest
from google.iam.v1 import iam_policy_pb2, options_pb2, policy_pb2
from google.pubsub_v1.services.schema_service.transports.rest_base import _BaseSchemaServiceRestTransport
from google.pubsub_v1.types import schema

from emulator.wire import iam, schemas
from emulator.wire.iam import IAM_POLICY
from emulator.wire.schemas import SCHEMA_SERVICE
from tests.emulator.wire.test_pubsub import rules_of, shape


def official() -> dict[str, tuple[Any, Any]]:
    """{message: (ours, the generated client's)}"""
    kinds = [getattr(schema, name) for name in schema.__protobuf__.manifest]
    theirs = [kind.pb().DESCRIPTOR for kind in kinds if hasattr(kind, "pb")]
    found = {each.name: (schemas.MESSAGES[each.name].DESCRIPTOR, each) for each in theirs}
    for module in (iam_policy_pb2, options_pb2, policy_pb2):
        for name, each in module.DESCRIPTOR.message_types_by_name.items():
            if "Delta" not in name:  # of the audit log
                found[name] = (iam.MESSAGES[name].DESCRIPTOR, each)
    return found


OFFICIAL = official()


@pytest.mark.parametrize("name", sorted(OFFICIAL))
def test_each_field_is_the_official_one(name: str) -> None:
    """Number, type, oneof and repetition of every field are those of the generated client, and none is missing."""
    ours, theirs = OFFICIAL[name]
    # The generated client writes type_ where Python has a type of its own.
    expected = {each.name.rstrip("_"): shape(each) for each in theirs.fields}
    assert {each.name: shape(each) for each in ours.fields} == expected


def test_each_http_rule_is_the_official_one() -> None:
    """Every method with its verbs, paths and bodies."""
    ours = {
        name: {(rule.verb, rule.template, rule.body) for rule in method.rules}
        for interface in (SCHEMA_SERVICE, IAM_POLICY)
        for name, method in interface.methods.items()
    }
    assert ours == dict(rules_of(_BaseSchemaServiceRestTransport))
