"""Edits of two environments that did not know of each other: noticed by apply, kept, decided by a person (P1)."""
