"""Delivers a message through apprise, and says in plain words why it could not. The only home of apprise."""
