"""Damage in the data of images that decoders pass over in silence, by the format of the data."""
