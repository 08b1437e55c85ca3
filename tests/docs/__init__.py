"""README and docs do what they say."""
