"""Reads files of orders as people and spreadsheets make them, row by row, each with its line. Knows no order."""
