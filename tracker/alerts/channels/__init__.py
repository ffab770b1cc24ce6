"""Delivers a message through apprise; says in plain words why a delivery failed. The only home of apprise."""
