"""How panels are asked and read: our values <-> form fields and JSON. Pure."""
