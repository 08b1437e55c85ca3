"""Capture: every write of the ORM that concerns a feed leaves marks in the outbox, in the transaction of the write."""
