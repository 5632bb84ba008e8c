"""A Ray Data pipeline of one's own, with docpipe's operators as two of its stages.

It counts amounts of money on each page. Nothing is committed page by page: what dies starts from the beginning.

    python examples/ray_pipeline.py jobs/quickstart/documents out/amounts
"""

import re
import sys
from pathlib import Path
from typing import Any

import docpipe
import ray
import ray.data
from ray.data.expressions import col

AMOUNT = re.compile(r"\d+[.,]\d{2}\b")


def amounts(row: dict[str, Any]) -> dict[str, Any]:
    found = AMOUNT.findall(row["text"] or "")
    return {key: row[key] for key in ("uri", "page_number", "text_source", "error_code")} | {"amounts": len(found)}


def main(folder: str, output: str) -> None:
    files = [{"uri": str(path)} for path in sorted(Path(folder).absolute().iterdir()) if path.is_file()]
    pages = ray.data.from_items(files).flat_map(docpipe.ray.ListPages(pages="1-2"))
    # Each actor starts its parser and its OCR once. A pool of one suits a laptop.
    read = pages.map_batches(
        docpipe.ray.ReadPages,
        fn_constructor_kwargs={"languages": ["en", "de", "fr"]},
        batch_size=16,
        compute=ray.data.ActorPoolStrategy(size=1),
    )
    read.map(amounts).write_parquet(output)
    found = ray.data.read_parquet(output)
    failed = found.filter(expr=col("error_code").is_not_null()).count()
    print(f"{found.count()} rows, {found.sum('amounts')} amounts, {failed} failures")


if __name__ == "__main__":
    main(*sys.argv[1:3])
