"""State on disk: a journal in an SQLite file. It knows names, numbers and bytes, and nothing of what they mean."""
