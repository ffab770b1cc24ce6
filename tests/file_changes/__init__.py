"""What somebody does to the file of a database under a running daemon, and what it costs."""
