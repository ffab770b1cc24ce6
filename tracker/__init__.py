"""Places, follows and watches orders at service panels, and never pays for one twice."""

__version__ = "0.2.0"
