"""Files wherever they lie: opened behind fsspec URLs, and copied here for native code."""
