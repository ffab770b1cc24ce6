"""Tables and every query. Writes what was decided, decides nothing."""
