"""The messages of Cloud Tasks, v2 and v2beta3: every field, as published.

The two versions differ in numbers and in a few fields of queues and tasks; both name what they share the same way.
"""

from __future__ import annotations

from emulator.wire import rpc
from emulator.wire.classes import build

assert rpc.MESSAGES  # google.rpc.Status is named below

_SHARED = """
enum HttpMethod
    HTTP_METHOD_UNSPECIFIED=0 POST=1 GET=2 HEAD=3 PUT=4 DELETE=5 PATCH=6 OPTIONS=7
message PathOverride
    path:1:string
message QueryOverride
    query_params:1:string
message UriOverride
    scheme:1:?Scheme host:2:?string port:3:?int64 path_override:4:PathOverride query_override:5:QueryOverride
    uri_override_enforce_mode:6:UriOverrideEnforceMode
enum UriOverride.Scheme
    SCHEME_UNSPECIFIED=0 HTTP=1 HTTPS=2
enum UriOverride.UriOverrideEnforceMode
    URI_OVERRIDE_ENFORCE_MODE_UNSPECIFIED=0 IF_NOT_EXISTS=1 ALWAYS=2
message HttpTarget
    uri_override:1:UriOverride http_method:2:HttpMethod header_overrides:3:*HeaderOverride
    oauth_token:5:OAuthToken:authorization_header oidc_token:6:OidcToken:authorization_header
message HttpTarget.Header
    key:1:string value:2:string
message HttpTarget.HeaderOverride
    header:1:Header
message HttpRequest
    url:1:string http_method:2:HttpMethod headers:3:map<string> body:4:bytes
    oauth_token:5:OAuthToken:authorization_header oidc_token:6:OidcToken:authorization_header
message AppEngineHttpRequest
    http_method:1:HttpMethod app_engine_routing:2:AppEngineRouting relative_uri:3:string headers:4:map<string>
    body:5:bytes
message AppEngineRouting
    service:1:string version:2:string instance:3:string host:4:string
message OAuthToken
    service_account_email:1:string scope:2:string
message OidcToken
    service_account_email:1:string audience:2:string
message RateLimits
    max_dispatches_per_second:1:double max_burst_size:2:int32 max_concurrent_dispatches:3:int32
message RetryConfig
    max_attempts:1:int32 max_retry_duration:2:Duration min_backoff:3:Duration max_backoff:4:Duration
    max_doublings:5:int32
message StackdriverLoggingConfig
    sampling_ratio:1:double
message Attempt
    schedule_time:1:Timestamp dispatch_time:2:Timestamp response_time:3:Timestamp
    response_status:4:google.rpc.Status
enum Task.View
    VIEW_UNSPECIFIED=0 BASIC=1 FULL=2
enum Queue.State
    STATE_UNSPECIFIED=0 RUNNING=1 PAUSED=2 DISABLED=3
message ListQueuesResponse
    queues:1:*Queue next_page_token:2:string
message CreateQueueRequest
    parent:1:string queue:2:Queue
message UpdateQueueRequest
    queue:1:Queue update_mask:2:FieldMask
message DeleteQueueRequest
    name:1:string
message PurgeQueueRequest
    name:1:string
message PauseQueueRequest
    name:1:string
message ResumeQueueRequest
    name:1:string
message ListTasksRequest
    parent:1:string response_view:2:Task.View page_size:3:int32 page_token:4:string
message ListTasksResponse
    tasks:1:*Task next_page_token:2:string
message GetTaskRequest
    name:1:string response_view:2:Task.View
message CreateTaskRequest
    parent:1:string task:2:Task response_view:3:Task.View
message DeleteTaskRequest
    name:1:string
message RunTaskRequest
    name:1:string response_view:2:Task.View
message BatchCreateTasksRequest
    parent:1:string requests:2:*CreateTaskRequest request_id:3:string
message BatchCreateTasksResponse
    tasks:1:*Task
message BatchCreateTasksMetadata
    start_time:1:Timestamp end_time:2:Timestamp state:3:State failed_requests:4:map<int32,google.rpc.Status>
enum BatchCreateTasksMetadata.State
    STATE_UNSPECIFIED=0 RUNNING=1 SUCCEEDED=2 FAILED=3 CANCELLED=4 PARTIALLY_SUCCEEDED=5
message BatchDeleteTasksRequest
    parent:1:string names:2:*string request_id:3:string
message BatchDeleteTasksMetadata
    start_time:1:Timestamp end_time:2:Timestamp state:3:State failed_requests:4:map<int32,google.rpc.Status>
enum BatchDeleteTasksMetadata.State
    STATE_UNSPECIFIED=0 RUNNING=1 SUCCEEDED=2 PARTIALLY_SUCCEEDED=3 FAILED=4
message BufferTaskRequest
    queue:1:string task_id:2:string body:3:google.api.HttpBody
message BufferTaskResponse
    task:1:Task
"""

_V2 = """
message Queue
    name:1:string app_engine_routing_override:2:AppEngineRouting http_target:10:HttpTarget rate_limits:3:RateLimits
    retry_config:4:RetryConfig state:5:State purge_time:6:Timestamp
    stackdriver_logging_config:9:StackdriverLoggingConfig
message Task
    name:1:string app_engine_http_request:2:AppEngineHttpRequest:message_type http_request:3:HttpRequest:message_type
    schedule_time:4:Timestamp create_time:5:Timestamp dispatch_deadline:6:Duration dispatch_count:7:int32
    response_count:8:int32 first_attempt:9:Attempt last_attempt:10:Attempt view:11:View retry_config:12:RetryConfig
message ListQueuesRequest
    parent:1:string filter:2:string page_size:3:int32 page_token:4:string
message GetQueueRequest
    name:1:string
"""

_V2BETA3 = """
message AppEngineHttpQueue
    app_engine_routing_override:1:AppEngineRouting
message PullMessage
    payload:1:bytes tag:2:string
message QueueStats
    tasks_count:1:int64 oldest_estimated_arrival_time:2:Timestamp executed_last_minute_count:3:int64
    concurrent_dispatches_count:4:int64 effective_execution_rate:5:double
message Queue
    name:1:string app_engine_http_queue:3:AppEngineHttpQueue:queue_type http_target:13:HttpTarget
    rate_limits:4:RateLimits retry_config:5:RetryConfig state:6:State purge_time:7:Timestamp task_ttl:8:Duration
    tombstone_ttl:9:Duration stackdriver_logging_config:10:StackdriverLoggingConfig type:11:Type stats:12:QueueStats
enum Queue.Type
    TYPE_UNSPECIFIED=0 PULL=1 PUSH=2
message Task
    name:1:string app_engine_http_request:3:AppEngineHttpRequest:payload_type http_request:11:HttpRequest:payload_type
    pull_message:13:PullMessage:payload_type schedule_time:4:Timestamp create_time:5:Timestamp
    dispatch_deadline:12:Duration dispatch_count:6:int32 response_count:7:int32 first_attempt:8:Attempt
    last_attempt:9:Attempt view:10:View retry_config:14:RetryConfig
message ListQueuesRequest
    parent:1:string filter:2:string page_size:3:int32 page_token:4:string read_mask:5:FieldMask
message GetQueueRequest
    name:1:string read_mask:2:FieldMask
"""

HTTP_BODY = build("google.api", "\nmessage HttpBody\n    content_type:1:string data:2:bytes extensions:3:*Any\n")
# Messages come before what is nested in them.
V2 = build("google.cloud.tasks.v2", _V2 + _SHARED.lstrip("\n"))
V2BETA3 = build("google.cloud.tasks.v2beta3", _V2BETA3 + _SHARED.lstrip("\n"))
