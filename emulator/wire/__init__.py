"""The messages of the served APIs as protobuf classes, built from tables when the emulator starts."""
