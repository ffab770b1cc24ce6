"""What an operator sees and decides, whichever door it comes through: the terminal, the page, a chat.

It reads the store, lets pure functions decide and writes what they decided; it prints nothing and knows no click.
"""
