"""What a mirror adds to a pull: keys seen, a plan, a brake, and removal of what the source doesn't have (P5)."""
