"""Table structure: rows, columns and cells."""
