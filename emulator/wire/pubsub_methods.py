"""The methods of google.pubsub.v1.Publisher and google.pubsub.v1.Subscriber, all that there are."""

from __future__ import annotations

from emulator.wire.interfaces import interface
from emulator.wire.pubsub import MESSAGES

PUBLISHER = interface(
    "google.pubsub.v1.Publisher",
    """
CreateTopic Topic -> Topic
    PUT /v1/{name=projects/*/topics/*} *
UpdateTopic UpdateTopicRequest -> Topic
    PATCH /v1/{topic.name=projects/*/topics/*} *
Publish PublishRequest -> PublishResponse
    POST /v1/{topic=projects/*/topics/*}:publish *
GetTopic GetTopicRequest -> Topic
    GET /v1/{topic=projects/*/topics/*}
ListTopics ListTopicsRequest -> ListTopicsResponse
    GET /v1/{project=projects/*}/topics
ListTopicSubscriptions ListTopicSubscriptionsRequest -> ListTopicSubscriptionsResponse
    GET /v1/{topic=projects/*/topics/*}/subscriptions
ListTopicSnapshots ListTopicSnapshotsRequest -> ListTopicSnapshotsResponse
    GET /v1/{topic=projects/*/topics/*}/snapshots
DeleteTopic DeleteTopicRequest -> Empty
    DELETE /v1/{topic=projects/*/topics/*}
DetachSubscription DetachSubscriptionRequest -> DetachSubscriptionResponse
    POST /v1/{subscription=projects/*/subscriptions/*}:detach
""",
    MESSAGES,
)

SUBSCRIBER = interface(
    "google.pubsub.v1.Subscriber",
    """
CreateSubscription Subscription -> Subscription
    PUT /v1/{name=projects/*/subscriptions/*} *
GetSubscription GetSubscriptionRequest -> Subscription
    GET /v1/{subscription=projects/*/subscriptions/*}
UpdateSubscription UpdateSubscriptionRequest -> Subscription
    PATCH /v1/{subscription.name=projects/*/subscriptions/*} *
ListSubscriptions ListSubscriptionsRequest -> ListSubscriptionsResponse
    GET /v1/{project=projects/*}/subscriptions
DeleteSubscription DeleteSubscriptionRequest -> Empty
    DELETE /v1/{subscription=projects/*/subscriptions/*}
ModifyAckDeadline ModifyAckDeadlineRequest -> Empty
    POST /v1/{subscription=projects/*/subscriptions/*}:modifyAckDeadline *
Acknowledge AcknowledgeRequest -> Empty
    POST /v1/{subscription=projects/*/subscriptions/*}:acknowledge *
Pull PullRequest -> PullResponse
    POST /v1/{subscription=projects/*/subscriptions/*}:pull *
StreamingPull stream StreamingPullRequest -> stream StreamingPullResponse
ModifyPushConfig ModifyPushConfigRequest -> Empty
    POST /v1/{subscription=projects/*/subscriptions/*}:modifyPushConfig *
GetSnapshot GetSnapshotRequest -> Snapshot
    GET /v1/{snapshot=projects/*/snapshots/*}
ListSnapshots ListSnapshotsRequest -> ListSnapshotsResponse
    GET /v1/{project=projects/*}/snapshots
CreateSnapshot CreateSnapshotRequest -> Snapshot
    PUT /v1/{name=projects/*/snapshots/*} *
UpdateSnapshot UpdateSnapshotRequest -> Snapshot
    PATCH /v1/{snapshot.name=projects/*/snapshots/*} *
DeleteSnapshot DeleteSnapshotRequest -> Empty
    DELETE /v1/{snapshot=projects/*/snapshots/*}
Seek SeekRequest -> SeekResponse
    POST /v1/{subscription=projects/*/subscriptions/*}:seek *
""",
    MESSAGES,
)
