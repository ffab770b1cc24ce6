"""The first config: questions, a trial of the panel, and files that only their owner reads."""
