"""Real processes killed while load runs: `make kill`."""
