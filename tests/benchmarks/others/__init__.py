"""What is in use without tracker: each order is asked about in a call of its own."""
