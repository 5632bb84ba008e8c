"""Typed values in text: numbers, dates, currencies, choices, and what a model answered."""
