"""The text layer of born-digital pages: extracted, cut into lines, measured, judged."""
