"""Apply on a real database."""
