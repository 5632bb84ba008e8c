"""The Ray Data stages, and what runs inside a Ray worker."""
