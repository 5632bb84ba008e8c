"""Access to input files: local paths and fsspec URLs, with a local copy for native code."""
