"""Changes by streaming pull: streams in, batches applied, messages acknowledged."""
