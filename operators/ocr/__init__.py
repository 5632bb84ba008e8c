"""Page text from models (the `ocr` task)."""
