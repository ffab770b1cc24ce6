"""The live screen: what is read, how it is drawn, and the keys."""
