"""Engines in Ray: actors, their placement, and pages that crash them."""
