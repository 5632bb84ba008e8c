"""Draws the boxes of an output's tables over its pages, one PNG a page.

    python benchmarks/tables/overlay.py OUT FOLDER [--name PART_OF_URI] [--width 900]

Blocks are blue with their kind, lines red, words green, polygons of turned text magenta.
"""

import argparse
from pathlib import Path
from typing import Any

import duckdb
import pymupdf
from PIL import Image, ImageDraw, ImageOps

Row = dict[str, Any]


def page_image(uri: str, page_number: int, width: int) -> Image.Image:
    """The page as a person sees it."""
    if not uri.lower().endswith((".pdf", ".xps", ".epub", ".svg")):
        with Image.open(uri) as image:
            image.seek(page_number - 1)
            seen = ImageOps.exif_transpose(image).convert("RGB")
        return seen.resize((width, round(seen.height * width / seen.width)))
    with pymupdf.open(uri) as document:
        page = document[page_number - 1]
        zoom = width / page.rect.width
        pixmap = page.get_pixmap(matrix=pymupdf.Matrix(zoom, zoom), alpha=False, colorspace="rgb")
        return Image.frombytes("RGB", (pixmap.width, pixmap.height), pixmap.samples)


def draw(image: Image.Image, blocks: list[Row], lines: list[Row]) -> None:
    pen = ImageDraw.Draw(image)

    def corners(box: Row) -> list[float]:
        return [box["x0"] * image.width, box["y0"] * image.height, box["x1"] * image.width, box["y1"] * image.height]

    for line in lines:
        for word in line["words"] or ():
            pen.rectangle(corners(word["bbox"]), outline=(0, 150, 60))
        if line["bbox"]:
            pen.rectangle(corners(line["bbox"]), outline=(210, 30, 30))
        if polygon := line["polygon"]:
            points = [(x * image.width, y * image.height) for x, y in zip(polygon[::2], polygon[1::2], strict=True)]
            pen.polygon(points, outline=(200, 0, 200))
    for block in blocks:
        pen.rectangle(corners(block["bbox"]), outline=(20, 60, 220), width=2)
        x0, y0, *_ = corners(block["bbox"])
        pen.text((x0 + 2, y0 - 11), f"{block['reading_order']} {block['kind']}", fill=(20, 60, 220))


def rows(output: str, table: str, document_id: str, page_number: int) -> list[Row]:
    query = (
        f"SELECT * FROM '{output}/{table}/*.parquet' WHERE document_id = ? AND page_number = ? ORDER BY reading_order"
    )
    found = duckdb.execute(query, [document_id, page_number]).to_arrow_table()
    return list(found.to_pylist())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("output")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--name", default="")
    parser.add_argument("--width", type=int, default=900)
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    pages = duckdb.execute(
        f"SELECT d.uris[1], p.document_id, p.page_number FROM '{options.output}/pages/*.parquet' p "
        f"JOIN '{options.output}/documents/*.parquet' d USING (document_id) WHERE p.status = 'ok' "
        "AND contains(d.uris[1], ?) ORDER BY ALL",
        [options.name],
    ).fetchall()
    for uri, document_id, number in pages:
        image = page_image(uri, number, options.width)
        draw(image, *(rows(options.output, table, document_id, number) for table in ("blocks", "lines")))
        image.save(options.folder / f"{Path(uri).name}-{number}.png")


if __name__ == "__main__":
    main()
