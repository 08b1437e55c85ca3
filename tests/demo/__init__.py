"""The demo: two environments on this machine that stay the same. Start it with `make demo`."""
