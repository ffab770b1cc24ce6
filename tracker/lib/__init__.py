"""Tools that know no order, panel or alert."""
