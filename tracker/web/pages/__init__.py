"""One file for each page: reads what it shows, and names its template. Reads only; changes.py changes."""
