"""What may happen: verbs on a noun. Services flush, never commit, and know no requests."""
