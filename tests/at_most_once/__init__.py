"""Whatever happens in whatever order: no order twice, none lost, none under another's id: `python -m tests.at_most_once`."""
