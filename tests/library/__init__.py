"""Test models: every shape of data that feedsync promises to carry."""
