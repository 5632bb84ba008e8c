"""What models are asked about a page, and what comes back."""
