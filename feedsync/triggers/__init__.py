"""Capture by triggers of the database: marks are made for every write, whoever writes (`CAPTURE` "triggers")."""
