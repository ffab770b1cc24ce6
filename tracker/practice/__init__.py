"""A practice panel on loopback with faults on request."""
