"""Where a value is located in independent evidence, and how probable that makes it."""
