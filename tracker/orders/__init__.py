"""An order, its state machine, and every decision about it. Pure."""
