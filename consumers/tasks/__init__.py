"""Where pulls run: in this process at once, or in a thread of their own."""
