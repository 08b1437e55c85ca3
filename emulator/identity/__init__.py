"""Who is who: tokens as Google issues them, the keys to verify them, and the metadata server that hands them out."""
