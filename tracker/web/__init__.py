"""What a browser, a monitor or another program asks over HTTP. It reads, and changes only what a command could."""
