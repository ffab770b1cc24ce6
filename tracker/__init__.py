"""Places, follows and watches orders at service panels, and never pays for one twice."""
