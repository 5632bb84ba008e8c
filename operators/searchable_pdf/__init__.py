"""Searchable PDFs: copies of documents with an invisible text layer over unchanged pages."""
