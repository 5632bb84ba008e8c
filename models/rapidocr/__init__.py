"""OCR with the PP-OCRv6 models of the rapidocr wheel. Import `engine` for the models; this import is cheap."""

from .files import model_identity
from .processor import choose_runtime

__all__ = ["choose_runtime", "model_identity"]
