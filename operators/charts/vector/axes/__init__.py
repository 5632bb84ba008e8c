"""Axes of charts: plot areas, rows of labels, scales, categories and times."""
