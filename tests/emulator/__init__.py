"""The emulator: its state without gRPC, and its service through the unmodified official client."""
