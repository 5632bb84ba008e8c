"""Rows, columns and cells of a table, from the words in its area and the rulings between them."""
