"""Chart data as models write it."""
