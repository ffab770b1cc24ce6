"""Panel dialects."""
