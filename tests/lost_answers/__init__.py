"""How many orders whose answer was lost are found again without a person: `python -m tests.lost_answers`."""
