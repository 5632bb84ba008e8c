"""The text layer of born-digital pages: extraction, lines, features, and the verdict whether it is usable."""
