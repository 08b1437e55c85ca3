"""The wire messages of google.pubsub.v1 that the emulator reads or writes, built from a table when it starts.

Out go protobuf classes by message name. Fields that the table leaves out (BigQuery, schemas, tags) still pass: protobuf
keeps what it does not know, so a resource is shown as it was created. The classes live in a pool of their own and so
never clash with the generated ones of the official client, whose import would cost a third of a second.
"""

from __future__ import annotations

from typing import Any

from google.protobuf import (
    descriptor_pb2,
    descriptor_pool,
    duration_pb2,
    empty_pb2,
    field_mask_pb2,
    message_factory,
    timestamp_pb2,
)

# {message: "name:number:type ..."}; * is repeated, map is string to string, enumerations travel as int32.
TABLE = {
    "Topic": "name:1:string labels:2:map message_retention_duration:8:Duration state:9:int32",
    "PubsubMessage": "data:1:bytes attributes:2:map message_id:3:string publish_time:4:Timestamp ordering_key:5:string",
    "GetTopicRequest": "topic:1:string",
    "UpdateTopicRequest": "topic:1:Topic update_mask:2:FieldMask",
    "PublishRequest": "topic:1:string messages:2:*PubsubMessage",
    "PublishResponse": "message_ids:1:*string",
    "ListTopicsRequest": "project:1:string page_size:2:int32 page_token:3:string",
    "ListTopicsResponse": "topics:1:*Topic next_page_token:2:string",
    "ListTopicSubscriptionsRequest": "topic:1:string page_size:2:int32 page_token:3:string",
    "ListTopicSubscriptionsResponse": "subscriptions:1:*string next_page_token:2:string",
    "DeleteTopicRequest": "topic:1:string",
    "DetachSubscriptionRequest": "subscription:1:string",
    "DetachSubscriptionResponse": "",
    "PushConfig": "push_endpoint:1:string attributes:2:map",
    "ExpirationPolicy": "ttl:1:Duration",
    "DeadLetterPolicy": "dead_letter_topic:1:string max_delivery_attempts:2:int32",
    "RetryPolicy": "minimum_backoff:1:Duration maximum_backoff:2:Duration",
    "Subscription": (
        "name:1:string topic:2:string push_config:4:PushConfig ack_deadline_seconds:5:int32"
        " retain_acked_messages:7:bool message_retention_duration:8:Duration labels:9:map"
        " enable_message_ordering:10:bool expiration_policy:11:ExpirationPolicy filter:12:string"
        " dead_letter_policy:13:DeadLetterPolicy retry_policy:14:RetryPolicy detached:15:bool"
        " enable_exactly_once_delivery:16:bool topic_message_retention_duration:17:Duration state:19:int32"
    ),
    "GetSubscriptionRequest": "subscription:1:string",
    "UpdateSubscriptionRequest": "subscription:1:Subscription update_mask:2:FieldMask",
    "ListSubscriptionsRequest": "project:1:string page_size:2:int32 page_token:3:string",
    "ListSubscriptionsResponse": "subscriptions:1:*Subscription next_page_token:2:string",
    "DeleteSubscriptionRequest": "subscription:1:string",
    "ModifyPushConfigRequest": "subscription:1:string push_config:2:PushConfig",
    "ReceivedMessage": "ack_id:1:string message:2:PubsubMessage delivery_attempt:3:int32",
    "PullRequest": "subscription:1:string return_immediately:2:bool max_messages:3:int32",
    "PullResponse": "received_messages:1:*ReceivedMessage",
    "ModifyAckDeadlineRequest": "subscription:1:string ack_deadline_seconds:3:int32 ack_ids:4:*string",
    "AcknowledgeRequest": "subscription:1:string ack_ids:2:*string",
    "StreamingPullRequest": (
        "subscription:1:string ack_ids:2:*string modify_deadline_seconds:3:*int32 modify_deadline_ack_ids:4:*string"
        " stream_ack_deadline_seconds:5:int32 client_id:6:string max_outstanding_messages:7:int64"
        " max_outstanding_bytes:8:int64"
    ),
    "SubscriptionProperties": "exactly_once_delivery_enabled:1:bool message_ordering_enabled:2:bool",
    "StreamingPullResponse": ("received_messages:1:*ReceivedMessage subscription_properties:4:SubscriptionProperties"),
    "SeekRequest": "subscription:1:string time:2:Timestamp snapshot:3:string",
    "SeekResponse": "",
}

_WELL_KNOWN = (duration_pb2, empty_pb2, field_mask_pb2, timestamp_pb2)
_FIELD = descriptor_pb2.FieldDescriptorProto
_SCALARS = {
    "string": _FIELD.TYPE_STRING,
    "bytes": _FIELD.TYPE_BYTES,
    "bool": _FIELD.TYPE_BOOL,
    "int32": _FIELD.TYPE_INT32,
    "int64": _FIELD.TYPE_INT64,
}
_PACKAGE = "google.pubsub.v1"


def _type_name(kind: str) -> str:
    if kind in ("Duration", "Empty", "FieldMask", "Timestamp"):
        return f".google.protobuf.{kind}"
    return f".{_PACKAGE}.{kind}"


def _add_map_entry(message: Any, field: str) -> str:
    entry = message.nested_type.add(name="".join(part.title() for part in field.split("_")) + "Entry")
    entry.options.map_entry = True
    for number, name in enumerate(("key", "value"), start=1):
        entry.field.add(name=name, number=number, type=_FIELD.TYPE_STRING, label=_FIELD.LABEL_OPTIONAL)
    return f".{_PACKAGE}.{message.name}.{entry.name}"


def _add_field(message: Any, text: str) -> None:
    name, number, kind = text.split(":")
    field = message.field.add(name=name, number=int(number), label=_FIELD.LABEL_OPTIONAL)
    if kind == "map" or kind.startswith("*"):
        field.label = _FIELD.LABEL_REPEATED
    kind = kind.removeprefix("*")
    if kind in _SCALARS:
        field.type = _SCALARS[kind]
        return
    field.type = _FIELD.TYPE_MESSAGE
    field.type_name = _add_map_entry(message, name) if kind == "map" else _type_name(kind)


def _build() -> dict[str, Any]:
    pool = descriptor_pool.DescriptorPool()
    schema = descriptor_pb2.FileDescriptorProto(name="pubsub.proto", package=_PACKAGE, syntax="proto3")
    for module in _WELL_KNOWN:
        pool.AddSerializedFile(module.DESCRIPTOR.serialized_pb)
        schema.dependency.append(module.DESCRIPTOR.name)
    for name, fields in TABLE.items():
        message = schema.message_type.add(name=name)
        for text in fields.split():
            _add_field(message, text)
    pool.AddSerializedFile(schema.SerializeToString())
    found = {name: pool.FindMessageTypeByName(f"{_PACKAGE}.{name}") for name in TABLE}
    for name in ("Empty", "Timestamp"):
        found[name] = pool.FindMessageTypeByName(f"google.protobuf.{name}")
    return {name: message_factory.GetMessageClass(descriptor) for name, descriptor in found.items()}


MESSAGES = _build()
