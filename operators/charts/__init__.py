"""Chart data extraction: parsers for model output in many formats, and grounding of the values."""
