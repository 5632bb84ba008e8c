"""Reads the text of pages: the reader in the worker process, the parser and the OCR in sandboxed child processes."""
