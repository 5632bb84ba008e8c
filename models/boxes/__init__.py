"""Boxes as models write them."""
