"""Whole pages through the models: the requests about a page, and what all engines found on it."""
