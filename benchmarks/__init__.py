"""Measures feedsync beside what a user would pick instead, and beside the limits of the machine.

`python -m benchmarks` does everything; no figure of it means anything without the one beside it, from the same run.
"""
