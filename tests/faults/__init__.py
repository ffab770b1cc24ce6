"""A real daemon under random faults, and its memory: `python -m tests.faults`."""
