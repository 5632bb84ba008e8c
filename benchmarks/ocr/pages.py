"""Page images with known text, for `accuracy.py`: first pages of PDFs, rendered, half of them damaged like scans.

    python benchmarks/ocr/pages.py OUT FOLDER_WITH_PDFS [FOLDER_WITH_PDFS …] [--every N]

The text is that of the page's own text layer, where docpipe takes that for the text of the page and at least 95% of its
letters are Latin. Pages take turns at 150 and 200 dpi, as rendered and damaged by `evaluation/synthetic/damage`.
OUT gets PNG files and `ocr.jsonl`.
"""

import argparse
import json
import unicodedata
from pathlib import Path

import cv2
import numpy as np
from docpipe.evaluation.synthetic.damage import damage
from docpipe.evaluation.synthetic.labels import Line, SyntheticPage
from docpipe.operators.reading.messages import ReadSettings
from docpipe.operators.reading.reader import PageReader
from docpipe.schemas.job.text_engines import TEXT_LAYER

LEAST_WORDS = 20
LATIN_SHARE = 0.95
DPI = (150, 200)
STRENGTH = 0.6


def main() -> None:
    """Write the images and their text."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("out", type=Path)
    parser.add_argument("folders", type=Path, nargs="+")
    parser.add_argument("--every", type=int, default=1, help="take one of so many PDFs")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    paths = [path for folder in options.folders for path in sorted(folder.glob("*.pdf"))][:: options.every]
    rows = []
    for index, path in enumerate(paths):
        page = _page(path, DPI[index % 2])
        if page is None:
            continue
        if index % 4 > 1:
            page = damage(page, np.random.default_rng(index), STRENGTH)
        name = f"{path.stem}.png"
        cv2.imwrite(str(options.out / name), np.ascontiguousarray(page.image[:, :, ::-1]))
        rows.append({"file": name, "lines": [{"text": line.text, "box": line.box} for line in page.lines]})
    (options.out / "ocr.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    print(f"{len(rows)} of {len(paths)} first pages have a text layer to compare with")


def _page(path: Path, dpi: int) -> SyntheticPage | None:
    with PageReader(ReadSettings(dpi=dpi)) as reader:
        reading, image = reader.read_with_image(str(path), 1)
    words = [word for text in reading.lines.text for word in text.split()]
    if reading.text_source != TEXT_LAYER or image is None or len(words) < LEAST_WORDS or not _latin(words):
        return None
    height, width = image.shape[:2]
    boxes = (reading.lines.boxes * [width, height, width, height]).tolist()
    lines = [
        Line(text, (box[0], box[1], box[2], box[3]), (), np.empty((0, 2), np.float32))
        for text, box in zip(reading.lines.text, boxes, strict=True)
    ]
    return SyntheticPage(kind="page", language="", image=image, lines=tuple(lines))


def _latin(words: list[str]) -> bool:
    letters = [letter for word in words for letter in word if letter.isalpha()]
    latin = sum(unicodedata.name(letter, "").startswith("LATIN") for letter in letters)
    return latin >= LATIN_SHARE * max(1, len(letters))


if __name__ == "__main__":
    main()
