"""google.pubsub.v1.SchemaService: schemas with their revisions, and what they let through at a publish.

A definition becomes a `Type` (`avro`, `protobuf`), which looks at messages and at older definitions; the `catalogue`
keeps schemas and revisions; `enforcement` is what a topic asks about its messages.
"""
