"""Programs in several languages that order through a running gateway: `python -m tests.gateway_clients`."""
