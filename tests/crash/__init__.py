"""Kills the daemon at every point where it commits or does I/O: `python -m tests.crash`."""
