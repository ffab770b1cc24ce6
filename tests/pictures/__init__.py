"""Takes pictures of every page with a real Chromium, to be looked at: `python -m tests.pictures FOLDER`."""
