"""What the daemon does again and again: one file for each pass."""
