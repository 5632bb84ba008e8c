"""Rows of the output tables, written and read back."""
