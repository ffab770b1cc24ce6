"""The state of everything, as a screen and as JSON."""
