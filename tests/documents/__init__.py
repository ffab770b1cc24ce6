"""The documents that are made from the code, so that they say what is true: `python -m tests.documents` writes them."""
