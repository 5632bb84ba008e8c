"""Rows and columns of tables."""
