"""What is raised when an operator asks for what cannot be done."""

from __future__ import annotations


class Refused(Exception):
    """Nothing was done; the text says why and what to do instead, in one sentence for the operator."""
