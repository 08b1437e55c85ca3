"""The messages of google.pubsub.v1 without schemas: every field, as published.

`MESSAGES` has the classes by name; what the table means is said in `classes`.
"""

from __future__ import annotations

from emulator.wire.classes import build

PACKAGE = "google.pubsub.v1"
TABLE = """
enum Encoding
    ENCODING_UNSPECIFIED=0 JSON=1 BINARY=2
message MessageStoragePolicy
    allowed_persistence_regions:1:*string enforce_in_transit:2:bool
message SchemaSettings
    schema:1:string encoding:2:Encoding first_revision_id:3:string last_revision_id:4:string
message IngestionDataSourceSettings
    aws_kinesis:1:AwsKinesis:source cloud_storage:2:CloudStorage:source azure_event_hubs:3:AzureEventHubs:source
    aws_msk:5:AwsMsk:source confluent_cloud:6:ConfluentCloud:source platform_logs_settings:4:PlatformLogsSettings
message IngestionDataSourceSettings.AwsKinesis
    state:1:State stream_arn:2:string consumer_arn:3:string aws_role_arn:4:string gcp_service_account:5:string
enum IngestionDataSourceSettings.AwsKinesis.State
    STATE_UNSPECIFIED=0 ACTIVE=1 KINESIS_PERMISSION_DENIED=2 PUBLISH_PERMISSION_DENIED=3 STREAM_NOT_FOUND=4
    CONSUMER_NOT_FOUND=5 CONFLICTING_REGION_CONSTRAINTS=6
message IngestionDataSourceSettings.CloudStorage
    state:1:State bucket:2:string text_format:3:TextFormat:input_format avro_format:4:AvroFormat:input_format
    pubsub_avro_format:5:PubSubAvroFormat:input_format minimum_object_create_time:6:Timestamp match_glob:9:string
message IngestionDataSourceSettings.CloudStorage.TextFormat
    delimiter:1:?string
message IngestionDataSourceSettings.CloudStorage.AvroFormat
message IngestionDataSourceSettings.CloudStorage.PubSubAvroFormat
enum IngestionDataSourceSettings.CloudStorage.State
    STATE_UNSPECIFIED=0 ACTIVE=1 CLOUD_STORAGE_PERMISSION_DENIED=2 PUBLISH_PERMISSION_DENIED=3 BUCKET_NOT_FOUND=4
    TOO_MANY_OBJECTS=5 CONFLICTING_REGION_CONSTRAINTS=8
message IngestionDataSourceSettings.AzureEventHubs
    state:1:State resource_group:2:string namespace:3:string event_hub:4:string client_id:5:string
    tenant_id:6:string subscription_id:7:string gcp_service_account:8:string
enum IngestionDataSourceSettings.AzureEventHubs.State
    STATE_UNSPECIFIED=0 ACTIVE=1 EVENT_HUBS_PERMISSION_DENIED=2 PUBLISH_PERMISSION_DENIED=3 NAMESPACE_NOT_FOUND=4
    EVENT_HUB_NOT_FOUND=5 SUBSCRIPTION_NOT_FOUND=6 RESOURCE_GROUP_NOT_FOUND=7 CONFLICTING_REGION_CONSTRAINTS=8
message IngestionDataSourceSettings.AwsMsk
    state:1:State cluster_arn:2:string topic:3:string aws_role_arn:4:string gcp_service_account:5:string
enum IngestionDataSourceSettings.AwsMsk.State
    STATE_UNSPECIFIED=0 ACTIVE=1 MSK_PERMISSION_DENIED=2 PUBLISH_PERMISSION_DENIED=3 CLUSTER_NOT_FOUND=4
    TOPIC_NOT_FOUND=5 CONFLICTING_REGION_CONSTRAINTS=6
message IngestionDataSourceSettings.ConfluentCloud
    state:1:State bootstrap_server:2:string cluster_id:3:string topic:4:string identity_pool_id:5:string
    gcp_service_account:6:string
enum IngestionDataSourceSettings.ConfluentCloud.State
    STATE_UNSPECIFIED=0 ACTIVE=1 CONFLUENT_CLOUD_PERMISSION_DENIED=2 PUBLISH_PERMISSION_DENIED=3
    UNREACHABLE_BOOTSTRAP_SERVER=4 CLUSTER_NOT_FOUND=5 TOPIC_NOT_FOUND=6 CONFLICTING_REGION_CONSTRAINTS=7
message PlatformLogsSettings
    severity:1:Severity
enum PlatformLogsSettings.Severity
    SEVERITY_UNSPECIFIED=0 DISABLED=1 DEBUG=2 INFO=3 WARNING=4 ERROR=5
message JavaScriptUDF
    function_name:1:string code:2:string
message Compression
    compression_algorithm:1:CompressionAlgorithm compression_mode:2:CompressionMode
enum Compression.CompressionAlgorithm
    COMPRESSION_ALGORITHM_UNSPECIFIED=0 ZLIB=1 ZSTD=3
enum Compression.CompressionMode
    COMPRESSION_MODE_UNSPECIFIED=0 COMPRESS=1 DECOMPRESS=2
message AIInference
    endpoint:1:string unstructured_inference:2:UnstructuredInference:inference_mode service_account_email:3:string
message AIInference.UnstructuredInference
    parameters:1:Struct
message MessageTransform
    javascript_udf:2:JavaScriptUDF:transform compression:7:Compression:transform
    ai_inference:6:AIInference:transform enabled:3:bool disabled:4:bool
message Topic
    name:1:string labels:2:map<string> message_storage_policy:3:MessageStoragePolicy kms_key_name:5:string
    schema_settings:6:SchemaSettings satisfies_pzs:7:bool message_retention_duration:8:Duration state:9:State
    ingestion_data_source_settings:10:IngestionDataSourceSettings message_transforms:13:*MessageTransform
    tags:14:map<string>
enum Topic.State
    STATE_UNSPECIFIED=0 ACTIVE=1 INGESTION_RESOURCE_ERROR=2
message PubsubMessage
    data:1:bytes attributes:2:map<string> message_id:3:string publish_time:4:Timestamp ordering_key:5:string
message GetTopicRequest
    topic:1:string
message UpdateTopicRequest
    topic:1:Topic update_mask:2:FieldMask
message PublishRequest
    topic:1:string messages:2:*PubsubMessage
message PublishResponse
    message_ids:1:*string
message ListTopicsRequest
    project:1:string page_size:2:int32 page_token:3:string
message ListTopicsResponse
    topics:1:*Topic next_page_token:2:string
message ListTopicSubscriptionsRequest
    topic:1:string page_size:2:int32 page_token:3:string
message ListTopicSubscriptionsResponse
    subscriptions:1:*string next_page_token:2:string
message ListTopicSnapshotsRequest
    topic:1:string page_size:2:int32 page_token:3:string
message ListTopicSnapshotsResponse
    snapshots:1:*string next_page_token:2:string
message DeleteTopicRequest
    topic:1:string
message DetachSubscriptionRequest
    subscription:1:string
message DetachSubscriptionResponse
message Subscription
    name:1:string topic:2:string push_config:4:PushConfig bigquery_config:18:BigQueryConfig
    cloud_storage_config:22:CloudStorageConfig bigtable_config:27:BigtableConfig ack_deadline_seconds:5:int32
    retain_acked_messages:7:bool message_retention_duration:8:Duration labels:9:map<string>
    enable_message_ordering:10:bool expiration_policy:11:ExpirationPolicy filter:12:string
    dead_letter_policy:13:DeadLetterPolicy retry_policy:14:RetryPolicy detached:15:bool
    enable_exactly_once_delivery:16:bool topic_message_retention_duration:17:Duration state:19:State
    analytics_hub_subscription_info:23:AnalyticsHubSubscriptionInfo message_transforms:25:*MessageTransform
    tags:26:map<string>
message Subscription.AnalyticsHubSubscriptionInfo
    listing:1:string subscription:2:string
enum Subscription.State
    STATE_UNSPECIFIED=0 ACTIVE=1 RESOURCE_ERROR=2
message RetryPolicy
    minimum_backoff:1:Duration maximum_backoff:2:Duration
message DeadLetterPolicy
    dead_letter_topic:1:string max_delivery_attempts:2:int32
message ExpirationPolicy
    ttl:1:Duration
message PushConfig
    push_endpoint:1:string attributes:2:map<string> oidc_token:3:OidcToken:authentication_method
    pubsub_wrapper:4:PubsubWrapper:wrapper no_wrapper:5:NoWrapper:wrapper
message PushConfig.OidcToken
    service_account_email:1:string audience:2:string
message PushConfig.PubsubWrapper
message PushConfig.NoWrapper
    write_metadata:1:bool
message BigQueryConfig
    table:1:string use_topic_schema:2:bool write_metadata:3:bool drop_unknown_fields:4:bool state:5:State
    use_table_schema:6:bool service_account_email:7:string
enum BigQueryConfig.State
    STATE_UNSPECIFIED=0 ACTIVE=1 PERMISSION_DENIED=2 NOT_FOUND=3 SCHEMA_MISMATCH=4 IN_TRANSIT_LOCATION_RESTRICTION=5
    VERTEX_AI_LOCATION_RESTRICTION=6
message BigtableConfig
    table:1:string app_profile_id:2:string service_account_email:3:string write_metadata:5:bool
    column_family_mapping:6:ColumnFamilyMapping:message_mapping state:4:State
message BigtableConfig.ColumnFamilyMapping
    row_key_schema:1:RowKeySchema:key_definition delimited_key:2:DelimitedKey:key_definition
message BigtableConfig.ColumnFamilyMapping.RowKeySchema
message BigtableConfig.ColumnFamilyMapping.DelimitedKey
    key_fields:1:*string delimiter:2:bytes
enum BigtableConfig.State
    STATE_UNSPECIFIED=0 ACTIVE=1 NOT_FOUND=2 APP_PROFILE_MISCONFIGURED=3 PERMISSION_DENIED=4 SCHEMA_MISMATCH=5
    IN_TRANSIT_LOCATION_RESTRICTION=6 VERTEX_AI_LOCATION_RESTRICTION=7
message CloudStorageConfig
    bucket:1:string filename_prefix:2:string filename_suffix:3:string filename_datetime_format:10:string
    text_config:4:TextConfig:output_format avro_config:5:AvroConfig:output_format max_duration:6:Duration
    max_bytes:7:int64 max_messages:8:int64 state:9:State service_account_email:11:string
message CloudStorageConfig.TextConfig
message CloudStorageConfig.AvroConfig
    write_metadata:1:bool use_topic_schema:2:bool
enum CloudStorageConfig.State
    STATE_UNSPECIFIED=0 ACTIVE=1 PERMISSION_DENIED=2 NOT_FOUND=3 IN_TRANSIT_LOCATION_RESTRICTION=4 SCHEMA_MISMATCH=5
    VERTEX_AI_LOCATION_RESTRICTION=6
message ReceivedMessage
    ack_id:1:string message:2:PubsubMessage delivery_attempt:3:int32
message GetSubscriptionRequest
    subscription:1:string
message UpdateSubscriptionRequest
    subscription:1:Subscription update_mask:2:FieldMask
message ListSubscriptionsRequest
    project:1:string page_size:2:int32 page_token:3:string
message ListSubscriptionsResponse
    subscriptions:1:*Subscription next_page_token:2:string
message DeleteSubscriptionRequest
    subscription:1:string
message ModifyPushConfigRequest
    subscription:1:string push_config:2:PushConfig
message PullRequest
    subscription:1:string return_immediately:2:bool max_messages:3:int32
message PullResponse
    received_messages:1:*ReceivedMessage
message ModifyAckDeadlineRequest
    subscription:1:string ack_ids:4:*string ack_deadline_seconds:3:int32
message AcknowledgeRequest
    subscription:1:string ack_ids:2:*string
message StreamingPullRequest
    subscription:1:string ack_ids:2:*string modify_deadline_seconds:3:*int32 modify_deadline_ack_ids:4:*string
    stream_ack_deadline_seconds:5:int32 client_id:6:string max_outstanding_messages:7:int64
    max_outstanding_bytes:8:int64 protocol_version:10:int64
message StreamingPullResponse
    received_messages:1:*ReceivedMessage acknowledge_confirmation:5:AcknowledgeConfirmation
    modify_ack_deadline_confirmation:3:ModifyAckDeadlineConfirmation
    subscription_properties:4:SubscriptionProperties
message StreamingPullResponse.AcknowledgeConfirmation
    ack_ids:1:*string invalid_ack_ids:2:*string unordered_ack_ids:3:*string temporary_failed_ack_ids:4:*string
message StreamingPullResponse.ModifyAckDeadlineConfirmation
    ack_ids:1:*string invalid_ack_ids:2:*string temporary_failed_ack_ids:3:*string
message StreamingPullResponse.SubscriptionProperties
    exactly_once_delivery_enabled:1:bool message_ordering_enabled:2:bool
message CreateSnapshotRequest
    name:1:string subscription:2:string labels:3:map<string> tags:4:map<string>
message UpdateSnapshotRequest
    snapshot:1:Snapshot update_mask:2:FieldMask
message Snapshot
    name:1:string topic:2:string expire_time:3:Timestamp labels:4:map<string>
message GetSnapshotRequest
    snapshot:1:string
message ListSnapshotsRequest
    project:1:string page_size:2:int32 page_token:3:string
message ListSnapshotsResponse
    snapshots:1:*Snapshot next_page_token:2:string
message DeleteSnapshotRequest
    snapshot:1:string
message SeekRequest
    subscription:1:string time:2:Timestamp:target snapshot:3:string:target
message SeekResponse
"""

MESSAGES = build(PACKAGE, TABLE)
