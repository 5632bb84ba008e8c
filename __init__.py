"""Batch document AI: PDFs, scans and charts into Parquet with boxes that can be checked."""

__version__ = "0.1.0"
