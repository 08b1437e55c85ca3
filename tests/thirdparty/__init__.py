"""Models that are made with well-known packages; each test registers those that it needs."""
