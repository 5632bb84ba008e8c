"""Ray Data's own file sink with its checkpoints, and docpipe's, under the same kills of the same work.

    python benchmarks/chaos/ray_sink.py [--documents 200] [--kills 12] [--seed 0]

Both read the text of every page of PDFs and write a row a page as Parquet. The one is `read → map_batches →
write_parquet` with `DataContext.checkpoint_config` (two-phase commit of a checkpoint and a data file), as Ray's
documentation has it; the other is a job of docpipe whose work is left to Ray. Drivers and workers are killed with
SIGKILL at random moments, and what was killed is started again until it ends. One of the documents cannot be read.
Printed as JSON: pages lost and doubled at the end; the same for a reader that opens the folder right after each kill,
before anything is started again; seconds of an undisturbed run and of a disturbed one; files. The seconds are not to be
compared: docpipe also finds lines and words with boxes and keeps their tables, and the other waits 20 ms a page so
that kills meet work.
"""

import argparse
import json
import random
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import duckdb
import processes
import pyarrow as pa
import pyarrow.parquet as pq
import pymupdf

PAGES_A_DOCUMENT = 10
ROWS_A_BLOCK = 100
"""Of Ray Data's program: each block has a data file and a checkpoint."""
KINDS = ("driver", "worker")


@dataclass
class Outcome:
    """What one of the two made of the work.

    Attributes:
        lost, doubled: pages that should be there once.
        seen: for each kill, rows, doubled rows and files that a reader could not open, right after it.
        files: Parquet files of pages at the end.
    """

    calm_seconds: float = 0.0
    calm_exit_code: int = 0
    seconds: float = 0.0
    exit_code: int = 0
    kills: dict[str, int] = field(default_factory=dict)
    lost: int = 0
    doubled: int = 0
    seen: list[tuple[int, int, int]] = field(default_factory=list)
    files: int = 0


def write_documents(folder: Path, count: int) -> None:
    folder.mkdir()
    for number in range(count):
        with pymupdf.open() as document:
            for page in range(PAGES_A_DOCUMENT):
                document.new_page().insert_text((72, 72), f"document {number} page {page}\n" * 40)
            document.save(folder / f"{number:04}.pdf")
    (folder / "broken.pdf").write_bytes(b"%PDF-1.7\nno page anywhere")


def ray_program(documents: Path, out: Path, checkpoints: Path) -> None:
    """The pages of a folder as Parquet, by Ray Data alone."""
    import ray
    from ray.data.checkpoint import CheckpointConfig

    def texts(batch: dict[str, Any]) -> dict[str, Any]:
        found = []
        for path, page in zip(batch["path"], batch["page"], strict=True):
            time.sleep(0.02)
            try:
                with pymupdf.open(path) as document:
                    found.append(document[int(page)].get_text())
            except Exception as error:
                # Without this the one broken file would end the whole run.
                found.append(f"failed: {error}")
        return {**batch, "text": found}

    ray.init(address="local", num_cpus=2, include_dashboard=False)
    ray.data.DataContext.get_current().checkpoint_config = CheckpointConfig(
        id_column="id", checkpoint_path=str(checkpoints), delete_checkpoint_on_success=False
    )
    rows = [
        {"id": f"{path.name}-{page}", "path": str(path), "page": page}
        for path in sorted(documents.iterdir())
        for page in range(1 if path.name == "broken.pdf" else PAGES_A_DOCUMENT)
    ]
    # Checkpoints are filtered where files are read, so the list of pages is a file.
    listing = checkpoints.parent / "listing.parquet"
    if not listing.exists():
        pq.write_table(pa.Table.from_pylist(rows), listing)
    pages = ray.data.read_parquet(str(listing)).repartition(target_num_rows_per_block=ROWS_A_BLOCK)
    pages.map_batches(texts, batch_size=PAGES_A_DOCUMENT).write_parquet(str(out))


def rows_of(files: Sequence[Path], key: str) -> tuple[int, int, int]:
    """Rows, rows whose key stands there before, and files that cannot be opened."""
    rows, keys, closed = 0, set(), 0
    for file in files:
        try:
            found = duckdb.sql(f"SELECT {key} FROM read_parquet('{file}')").fetchall()
        except duckdb.Error:
            closed += 1
            continue
        rows += len(found)
        keys.update(found)
    return rows, rows - len(keys), closed


def measured(
    folder: Path, command: Callable[[str], Sequence[str]], key: str, wanted: int, kills: int, seed: int
) -> Outcome:
    """An undisturbed and a disturbed run of `command(name)`, which writes the pages to `folder / name / "pages"`."""
    outcome, done, dice = Outcome(), processes.Kills(), random.Random(seed)

    def seconds_of(name: str, plan: Sequence[tuple[str, float]], look: Callable[[], None]) -> tuple[float, int]:
        (folder / name).mkdir(parents=True)
        began = time.monotonic()
        log = folder / f"{name}.job"
        code = processes.disturb(log, plan, dice, done, 1800.0, command=command(name), after_kill=look)
        return round(time.monotonic() - began, 1), code

    def look() -> None:
        outcome.seen.append(rows_of(sorted((folder / "stormy" / "pages").glob("*.parquet")), key))

    outcome.calm_seconds, outcome.calm_exit_code = seconds_of("calm", [], look)
    plan = [(KINDS[number % 2], dice.uniform(0.0, 2.0)) for number in range(kills)]
    outcome.seconds, outcome.exit_code = seconds_of("stormy", plan, look)
    outcome.kills = dict(done.counts)
    files = sorted((folder / "stormy" / "pages").glob("*.parquet"))
    rows, outcome.doubled, _ = rows_of(files, key)
    outcome.lost = wanted - (rows - outcome.doubled)
    outcome.files = len(files)
    return outcome


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--documents", type=int, default=200)
    arguments.add_argument("--kills", type=int, default=12)
    arguments.add_argument("--seed", type=int, default=0)
    arguments.add_argument("--ray-program", nargs=3, type=Path, help=argparse.SUPPRESS)
    options = arguments.parse_args()
    if options.ray_program:
        ray_program(*options.ray_program)
        return
    folder = Path(tempfile.mkdtemp(prefix="docpipe-sink-"))
    write_documents(folder / "documents", options.documents)
    pages = options.documents * PAGES_A_DOCUMENT

    def ray_command(name: str) -> list[str]:
        out = folder / "ray" / name
        parts = [folder / "documents", out / "pages", out / "checkpoints"]
        return [sys.executable, __file__, "--ray-program", *map(str, parts)]

    def docpipe_command(name: str) -> list[str]:
        out = folder / "docpipe" / name
        return processes.run_of(processes.write_job(out.parent, folder / "documents", out))

    found = {
        "ray": measured(folder / "ray", ray_command, "id", pages + 1, options.kills, options.seed),
        "docpipe": measured(
            folder / "docpipe", docpipe_command, "document_id, page_number", pages, options.kills, options.seed
        ),
    }
    sys.stdout.write(json.dumps({name: asdict(one) for name, one in found.items()}, indent=1) + "\n")


if __name__ == "__main__":
    main()
