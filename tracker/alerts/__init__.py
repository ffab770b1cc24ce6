"""What users are notified of, when, through which channel. Pure but `channels` and `templates`."""
