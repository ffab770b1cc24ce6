"""The process: supervisor, scheduler, passes. Here alone the panel is asked and the outcome written."""
