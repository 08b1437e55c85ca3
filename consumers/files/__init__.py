"""Files of changes: which are wanted, fetched from the source, verified, stored, and noted before a row shows them."""
