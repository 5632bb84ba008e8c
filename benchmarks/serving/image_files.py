"""Bytes and time of images as PNG and as JPEG, for `models/openai/images.py`.

    python benchmarks/serving/image_files.py CORPUS

CORPUS holds folders of PDFs (the first page is drawn at 150 dpi) and images; each folder is one row.
"""

import argparse
import io
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pymupdf
from numpy.typing import NDArray
from PIL import Image

KINDS = {
    "png": ("PNG", {"compress_level": 1}),
    "jpeg 95": ("JPEG", {"quality": 95, "subsampling": 0}),
    "jpeg 90": ("JPEG", {"quality": 90, "subsampling": 0}),
}
MOST_PIXELS = 40_000_000


def page_images(folder: Path, most: int) -> Iterator[NDArray[np.uint8]]:
    """The first `most` pages and images of a folder that open."""
    found = 0
    for path in sorted(folder.iterdir()):
        if found == most or path.suffix.lower() not in (".pdf", ".png", ".jpg", ".jpeg", ".tif"):
            continue
        try:
            if path.suffix.lower() == ".pdf":
                with pymupdf.open(path) as document:
                    pixels = document[0].get_pixmap(dpi=150, colorspace=pymupdf.csRGB, alpha=False)
                image = np.frombuffer(pixels.samples, np.uint8).reshape(pixels.height, pixels.width, 3)
            else:
                image = np.asarray(Image.open(path).convert("RGB"))
        except (RuntimeError, OSError, ValueError):
            continue
        if image.size <= MOST_PIXELS * 3:
            yield image
            found += 1


def main() -> None:
    """Print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--most", type=int, default=20, help="images of each folder")
    arguments = parser.parse_args()
    print(
        f"{'folder':14} {'kind':8} {'page_images':>8} {'bytes/pixel':>11} {'largest':>8} {'CPU ms/MP':>9} {'PSNR':>8}"
    )
    for folder in sorted(path for path in arguments.corpus.iterdir() if path.is_dir()):
        images = list(page_images(folder, arguments.most))
        for name, (kind, options) in KINDS.items():
            if images:
                row(folder.name, name, kind, options, images)


def row(folder: str, name: str, kind: str, options: dict[str, int], images: list[NDArray[np.uint8]]) -> None:
    """Print what one kind of file costs."""
    files, started = [], time.process_time()
    for image in images:
        file = io.BytesIO()
        Image.fromarray(image).save(file, kind, **options)
        files.append(file.getvalue())
    seconds = time.process_time() - started
    pixels = [image.shape[0] * image.shape[1] for image in images]
    sizes = [len(file) / count for file, count in zip(files, pixels, strict=True)]
    errors = [
        float(np.mean((np.asarray(Image.open(io.BytesIO(file)).convert("RGB")).astype(float) - image) ** 2))
        for file, image in zip(files, images, strict=True)
    ]
    psnr = f"{10 * np.log10(255**2 / max(errors)):.1f} dB" if max(errors) else "exact"
    share = sum(map(len, files)) / sum(pixels)
    cost = seconds * 1e9 / sum(pixels)
    print(f"{folder:14} {name:8} {len(images):8} {share:11.2f} {max(sizes):8.2f} {cost:9.1f} {psnr:>8}")


if __name__ == "__main__":
    main()
