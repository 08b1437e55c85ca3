"""A full pull: handshake, subscription, then the source's stream chunk by chunk through apply."""
