"""What the gateway answers when it does not do what was asked."""

from __future__ import annotations


class ApiError(Exception):
    """Nothing was done; the text is the answer's `error`. `status` is that of HTTP: panels say 200 of a refusal."""

    def __init__(self, text: str, status: int = 200) -> None:
        super().__init__(text)
        self.status = status


TROUBLE = "There was an error processing your request. Please try again later, with the same ref"
"""What is answered when it is not known whether anything was done."""
