"""What the program does, timed."""
