"""google.iam.v1.IAMPolicy: its messages and methods, with the paths that Pub/Sub gives them over HTTP."""

from __future__ import annotations

from emulator.wire.classes import build
from emulator.wire.interfaces import interface

EXPRESSION_TABLE = """
message Expr
    expression:1:string title:2:string description:3:string location:4:string
"""

PACKAGE = "google.iam.v1"
TABLE = """
message Policy
    version:1:int32 bindings:4:*Binding audit_configs:6:*AuditConfig etag:3:bytes
message Binding
    role:1:string members:2:*string condition:3:google.type.Expr
message AuditConfig
    service:1:string audit_log_configs:3:*AuditLogConfig
message AuditLogConfig
    log_type:1:LogType exempted_members:2:*string
enum AuditLogConfig.LogType
    LOG_TYPE_UNSPECIFIED=0 ADMIN_READ=1 DATA_WRITE=2 DATA_READ=3
message GetPolicyOptions
    requested_policy_version:1:int32
message SetIamPolicyRequest
    resource:1:string policy:2:Policy update_mask:3:FieldMask
message GetIamPolicyRequest
    resource:1:string options:2:GetPolicyOptions
message TestIamPermissionsRequest
    resource:1:string permissions:2:*string
message TestIamPermissionsResponse
    permissions:1:*string
"""

build("google.type", EXPRESSION_TABLE)
MESSAGES = build(PACKAGE, TABLE)

IAM_POLICY = interface(
    "google.iam.v1.IAMPolicy",
    """
SetIamPolicy SetIamPolicyRequest -> Policy
    POST /v1/{resource=projects/*/topics/*}:setIamPolicy *
    POST /v1/{resource=projects/*/subscriptions/*}:setIamPolicy *
    POST /v1/{resource=projects/*/snapshots/*}:setIamPolicy *
    POST /v1/{resource=projects/*/schemas/*}:setIamPolicy *
GetIamPolicy GetIamPolicyRequest -> Policy
    GET /v1/{resource=projects/*/topics/*}:getIamPolicy
    GET /v1/{resource=projects/*/subscriptions/*}:getIamPolicy
    GET /v1/{resource=projects/*/snapshots/*}:getIamPolicy
    GET /v1/{resource=projects/*/schemas/*}:getIamPolicy
TestIamPermissions TestIamPermissionsRequest -> TestIamPermissionsResponse
    POST /v1/{resource=projects/*/topics/*}:testIamPermissions *
    POST /v1/{resource=projects/*/subscriptions/*}:testIamPermissions *
    POST /v1/{resource=projects/*/snapshots/*}:testIamPermissions *
    POST /v1/{resource=projects/*/schemas/*}:testIamPermissions *
""",
    MESSAGES,
)
