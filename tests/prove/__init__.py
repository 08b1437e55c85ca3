"""Thousands of seeded histories: `make prove`."""
