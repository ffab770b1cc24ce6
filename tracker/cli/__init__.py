"""Reads arguments, calls one thing, prints. Builds the objects."""
