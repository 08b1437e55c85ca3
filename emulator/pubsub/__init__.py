"""Pub/Sub v1: topics, subscriptions and backlogs as plain state, and the services that speak the wire over them."""
