"""The panel API in its v2 form, for other programs: what they order is queued here first, and asked about here only."""
