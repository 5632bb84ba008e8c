"""Text of a page as a model reads it."""
