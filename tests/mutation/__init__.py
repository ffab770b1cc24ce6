"""Changes the code that decides about money in small ways, and counts which changes no test notices."""
