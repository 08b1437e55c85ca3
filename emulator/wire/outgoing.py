"""Responses that take a message as the bytes that it is kept as, instead of copying it field by field.

On the wire an embedded message and bytes are the same, so whoever reads them finds a `PullResponse` and a
`StreamingPullResponse`.
"""

from __future__ import annotations

from emulator.wire import pubsub
from emulator.wire.classes import build

_CONFIRMATION = f"{pubsub.PACKAGE}.StreamingPullResponse"

TABLE = f"""
message ReceivedMessage
    ack_id:1:string message:2:bytes delivery_attempt:3:int32
message PullResponse
    received_messages:1:*ReceivedMessage
message StreamingPullResponse
    received_messages:1:*ReceivedMessage acknowledge_confirmation:5:{_CONFIRMATION}.AcknowledgeConfirmation
    modify_ack_deadline_confirmation:3:{_CONFIRMATION}.ModifyAckDeadlineConfirmation
    subscription_properties:4:{_CONFIRMATION}.SubscriptionProperties
"""

MESSAGES = build("emulator.outgoing", TABLE)
