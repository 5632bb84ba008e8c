"""Tables found on pages that have none."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from docpipe.operators.reading.messages import ReadSettings
from docpipe.operators.reading.reader import PageReader
from docpipe.operators.tables.find import find_tables
from docpipe.operators.tables.structure.area import Rulings
from own import PAGE_SECONDS
from scoring import ACCEPT, Sample


@dataclass
class Plain:
    """What was found on pages.

    Attributes:
        found: a line for each table.
        accepted: how many of them reach the default of `accept`.
        samples: of the confidence.
        seconds: of CPU, for all pages that have no region and no grid of rulings.
    """

    pages: int = 0
    found: list[str] = field(default_factory=list)
    accepted: int = 0
    samples: list[Sample] = field(default_factory=list)
    seconds: float = 0.0


def plain_pages(pages: Sequence[tuple[Path, int]]) -> Plain:
    """The tables on pages of files; pages that cannot be read do not count."""
    out = Plain()
    with PageReader(ReadSettings(layout=True, collect=("grid",)), page_seconds=PAGE_SECONDS) as reader:
        for path, number in pages:
            reading = reader.read(str(path), number)
            if reading.failure is not None or not reading.width or not reading.height:
                print(f"  {path.name} page {number}: {reading.failure}")
                continue
            out.pages += 1
            rulings = reading.collected.get("grid")
            size = (reading.width, reading.height)
            given = rulings if isinstance(rulings, Rulings) else Rulings()
            scanned = reading.text_source != "text_layer"
            started = time.process_time()
            tables = find_tables(reading.lines, reading.blocks, given, size, scanned=scanned)
            out.seconds += time.process_time() - started
            for table in tables:
                out.accepted += table.confidence >= ACCEPT
                out.samples.append(Sample(path.name, table.signs, None))
                where = "" if table.block is not None else ", no region of the layout"
                shape = f"{table.n_rows} × {table.n_columns}, confidence {table.confidence:.2f}"
                out.found.append(f"{path.name} page {number}: {shape}{where}")
    return out


def pages_listed(listing: Path, corpus: Path) -> list[tuple[Path, int]]:
    """The pages named in a file: a line `folder/file.pdf 1 3-5`, or without numbers for its only page; # comments."""
    pages = []
    for line in listing.read_text(encoding="utf-8").splitlines():
        name, *numbers = line.split("#")[0].split() or [""]
        if name:
            for part in numbers or ["1"]:
                low, _, high = part.partition("-")
                pages += [(corpus / name, number) for number in range(int(low), int(high or low) + 1)]
    return pages
