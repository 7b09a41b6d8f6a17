"""Lists for others: planned in the console, opened by a link."""
