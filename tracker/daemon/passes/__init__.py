"""What the daemon does again and again: one file for each pass, and for each part that passes share."""
