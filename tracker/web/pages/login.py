"""The page that asks for the password."""

from __future__ import annotations

from tracker.web.views import Page


def login_page(onward: str, fault: str | None = None, status: int = 200) -> Page:
    """Return the form; `onward` is where to go after it."""
    return Page("login.html", "Sign in", {"onward": onward, "fault": fault}, status)
