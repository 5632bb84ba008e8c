"""Questions to pages and documents."""
