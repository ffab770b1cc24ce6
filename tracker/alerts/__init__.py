"""What people are told, when, through which channel. Pure but `channels` and `templates`."""
