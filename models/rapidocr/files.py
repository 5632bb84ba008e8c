"""The paths of the PP-OCR models inside the installed rapidocr wheel; they are never downloaded."""

import hashlib
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from ...schemas.errors import MissingResourceError

DETECTOR_FILE = "PP-OCRv6_det_small.onnx"
RECOGNISER_FILE = "PP-OCRv6_rec_small.onnx"
REINSTALL = "reinstall it: pip install 'rapidocr>=3.10'"


def model_path(name: str) -> Path:
    """Path of a model file in the rapidocr wheel; does not import rapidocr.

    Raises:
        MissingResourceError: rapidocr is not installed, or its wheel contains no such model.
    """
    spec = find_spec("rapidocr")
    folders = spec.submodule_search_locations if spec else None
    for folder in folders or ():
        path = Path(folder) / "models" / name
        if path.is_file():
            return path
    raise MissingResourceError(f"the OCR model {name} is not there; {REINSTALL}")


@cache
def model_identity() -> dict[str, str]:
    """The files that decide what is read, each as `bytes:SHA-256`; two runs agree where these agree.

    Raises:
        MissingResourceError: a model file is not installed.
    """
    identity = {}
    for name in (DETECTOR_FILE, RECOGNISER_FILE):
        with model_path(name).open("rb") as stream:
            digest = hashlib.file_digest(stream, "sha256").hexdigest()
        identity[name] = f"{model_path(name).stat().st_size}:{digest}"
    return identity
