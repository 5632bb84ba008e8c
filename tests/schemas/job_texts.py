"""Job files that the tests of several modules write, and the mistakes found in them."""

from pathlib import Path

import pytest
from docpipe.schemas.errors import InvalidJobError
from docpipe.schemas.job.load import load_job

MINIMAL = """\
version: 1
inputs: {paths: [a.pdf]}
tasks: {ocr: {}}
output: {path: out}
"""


def write(folder: Path, text: str) -> Path:
    path = folder / "job.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def mistakes(path: Path, *overrides: str) -> list[str]:
    with pytest.raises(InvalidJobError) as caught:
        load_job(path, overrides)
    return str(caught.value).replace(f"{path}", "job.yaml").splitlines()
