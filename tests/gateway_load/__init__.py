"""How quick the gateway answers under load, and what that does to a sweep: `python -m tests.gateway_load`."""
