"""The panel API: one client, one rate limiter, dialects. Judges no order."""
