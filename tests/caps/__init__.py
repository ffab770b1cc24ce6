"""Whatever dies: no limit on spending is exceeded by a unit, over four daemons and two panels: `python -m tests.caps`."""
