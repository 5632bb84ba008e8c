"""Straight lines of a page, from its vector graphics or from its image."""
