"""Answers people in a chat: which buttons an alert carries, who may press them, what a press does, and what is said."""
