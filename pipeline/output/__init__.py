"""The output folder: stores, commits, locks, recovery and the audit."""
