"""Page layout: regions, blocks and reading order."""
