"""google.pubsub.v1.SchemaService: its messages and methods, as published."""

from __future__ import annotations

from emulator.wire import pubsub
from emulator.wire.classes import build
from emulator.wire.interfaces import interface

TABLE = """
enum SchemaView
    SCHEMA_VIEW_UNSPECIFIED=0 BASIC=1 FULL=2
message CompiledProtoSchema
    root_message:1:string compiled_bytes:2:bytes
message Schema
    name:1:string type:2:Type definition:3:string compiled_proto_schema:8:CompiledProtoSchema:configuration
    revision_id:4:string revision_create_time:6:Timestamp
enum Schema.Type
    TYPE_UNSPECIFIED=0 PROTOCOL_BUFFER=1 AVRO=2
message CreateSchemaRequest
    parent:1:string schema:2:Schema schema_id:3:string
message GetSchemaRequest
    name:1:string view:2:SchemaView
message ListSchemasRequest
    parent:1:string view:2:SchemaView page_size:3:int32 page_token:4:string
message ListSchemasResponse
    schemas:1:*Schema next_page_token:2:string
message ListSchemaRevisionsRequest
    name:1:string view:2:SchemaView page_size:3:int32 page_token:4:string
message ListSchemaRevisionsResponse
    schemas:1:*Schema next_page_token:2:string
message CommitSchemaRequest
    name:1:string schema:2:Schema
message RollbackSchemaRequest
    name:1:string revision_id:2:string
message DeleteSchemaRevisionRequest
    name:1:string revision_id:2:string
message DeleteSchemaRequest
    name:1:string
message ValidateSchemaRequest
    parent:1:string schema:2:Schema
message ValidateSchemaResponse
message ValidateMessageRequest
    parent:1:string name:2:string:schema_spec schema:3:Schema:schema_spec message:4:bytes encoding:5:Encoding
message ValidateMessageResponse
"""

# Encoding is of the same package and was built first.
MESSAGES = build("google.pubsub.v1", TABLE) | {"Encoding": pubsub.MESSAGES["Encoding"]}

SCHEMA_SERVICE = interface(
    "google.pubsub.v1.SchemaService",
    """
CreateSchema CreateSchemaRequest -> Schema
    POST /v1/{parent=projects/*}/schemas schema
GetSchema GetSchemaRequest -> Schema
    GET /v1/{name=projects/*/schemas/*}
ListSchemas ListSchemasRequest -> ListSchemasResponse
    GET /v1/{parent=projects/*}/schemas
ListSchemaRevisions ListSchemaRevisionsRequest -> ListSchemaRevisionsResponse
    GET /v1/{name=projects/*/schemas/*}:listRevisions
CommitSchema CommitSchemaRequest -> Schema
    POST /v1/{name=projects/*/schemas/*}:commit *
RollbackSchema RollbackSchemaRequest -> Schema
    POST /v1/{name=projects/*/schemas/*}:rollback *
DeleteSchemaRevision DeleteSchemaRevisionRequest -> Schema
    DELETE /v1/{name=projects/*/schemas/*}:deleteRevision
DeleteSchema DeleteSchemaRequest -> Empty
    DELETE /v1/{name=projects/*/schemas/*}
ValidateSchema ValidateSchemaRequest -> ValidateSchemaResponse
    POST /v1/{parent=projects/*}/schemas:validate *
ValidateMessage ValidateMessageRequest -> ValidateMessageResponse
    POST /v1/{parent=projects/*}/schemas:validateMessage *
""",
    MESSAGES,
)
