"""Files of registered models: how they are named and measured for changes, and given out to readers."""
