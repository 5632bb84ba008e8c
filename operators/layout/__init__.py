"""Layout of a page: regions, blocks and reading order."""
