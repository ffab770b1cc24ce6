"""One file for each group of commands that belong together. A command reads arguments, calls one thing and prints."""
