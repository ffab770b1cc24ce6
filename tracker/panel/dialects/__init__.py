"""How requests to panels are written and their answers read: our values <-> form fields and JSON. Pure."""
