"""A published checkpoint folder: configuration, weights, sizes, and random ones of the same shape."""
