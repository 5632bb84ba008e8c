"""Ready-made jobs."""

from pathlib import Path

QUICKSTART = Path(__file__).parent / "quickstart.yaml"
"""A job over real documents that ship with the package."""
