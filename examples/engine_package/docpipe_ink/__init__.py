"""Engines for docpipe that measure ink."""
