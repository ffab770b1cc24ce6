"""Lost answers by the thousand, in simulated time: `python -m tests.soak`."""
