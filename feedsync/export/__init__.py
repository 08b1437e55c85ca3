"""The full state of feeds as a stream: rows with their versions, then tombstones, then an end line with counts."""
