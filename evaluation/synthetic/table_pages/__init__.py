"""Pages with tables as PDFs, with the exact places and numbers of their cells."""
