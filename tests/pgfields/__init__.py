"""Test models with fields that only PostgreSQL has."""
