"""Updates by field mask: a shown resource, what was sent and the mask go in, the changed resource comes out."""

from __future__ import annotations

from typing import Any

from google.protobuf import field_mask_pb2

from emulator.errors import InvalidArgument

# {resource: fields that an update may change}
_MUTABLE = {
    "Topic": {
        "labels",
        "message_storage_policy",
        "kms_key_name",
        "schema_settings",
        "message_retention_duration",
        "ingestion_data_source_settings",
        "message_transforms",
    },
    "Subscription": {
        "push_config",
        "bigquery_config",
        "cloud_storage_config",
        "bigtable_config",
        "ack_deadline_seconds",
        "retain_acked_messages",
        "message_retention_duration",
        "labels",
        "expiration_policy",
        "dead_letter_policy",
        "retry_policy",
        "enable_exactly_once_delivery",
        "message_transforms",
    },
    "Snapshot": {"labels", "expire_time"},
}


def updated(shown: Any, sent: Any, mask: Any) -> Any:
    """A copy of the shown resource with the masked fields as sent; what is masked and not sent is cleared."""
    kind, paths = shown.DESCRIPTOR.name, list(mask.paths)
    if not paths:
        raise InvalidArgument(f"An update of a {kind} needs an update_mask with at least one path.")
    # The mask of the default pool has the merge logic; it works on messages of any pool.
    fields = field_mask_pb2.FieldMask(paths=paths)
    for path in paths:
        if not field_mask_pb2.FieldMask(paths=[path]).IsValidForDescriptor(shown.DESCRIPTOR):
            raise InvalidArgument(f"Invalid update_mask: a {kind} has no field {path!r}.")
        if path.partition(".")[0] not in _MUTABLE[kind]:
            raise InvalidArgument(f"Invalid update_mask: the field {path!r} of a {kind} is not mutable.")
    changed = type(shown).FromString(shown.SerializeToString())
    fields.MergeMessage(sent, changed, True, True)
    return changed
