"""`docpipe export`: other formats, made from the tables."""
