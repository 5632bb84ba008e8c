"""Training of the small InternVL2 that ships as a demonstration; not part of the installed package."""
