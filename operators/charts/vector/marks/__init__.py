"""Marks of charts: what stands in a plot area, and the values of each kind of mark."""
