"""Rows of a file on their way into the queue, or into a plan."""
