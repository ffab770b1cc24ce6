"""One order or many, as a terminal and a program are shown them."""
