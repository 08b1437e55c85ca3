"""Talking to a source over HTTP: `session.open_source` is the only way to a URL that a person entered."""
