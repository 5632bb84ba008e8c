"""Business documents as readings: words with boxes in many layouts, not drawn, with questions about their values."""
