"""How fast a model answers here, and what is possible."""
