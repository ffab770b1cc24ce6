"""The figures for monitors: which there are, what each means, and where it comes from. Read families.py first."""
