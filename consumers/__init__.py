"""The subscribing side of feedsync: receives changes, pulls from sources, applies both."""
