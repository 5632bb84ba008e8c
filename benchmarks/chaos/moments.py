"""Runs many short jobs on one Ray cluster of this machine, each hit by one fault at a random moment, then resumed.

python benchmarks/chaos/moments.py [--runs 50] [--seed 0] [--faults none driver worker …]

Prints a JSON line a run and a summary by kind of fault; ends with 1 where a table differs from that of an undisturbed
run, a committed page has changed, or a job does not end.
"""

import argparse
import json
import os
import random
import shutil
import statistics
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import duckdb
import pymupdf
from cluster import driver_of, on_disk, s3_module
from faults import FAULTS, Cloud
from processes import content, difference

PATIENCE_SECONDS = 4.0
"""How long a job tries a store that refuses; less than it refuses at most, so that some jobs end and are resumed."""
MOST_TRIES = 5
TRY_SECONDS = 150.0


def write_documents(folder: Path, documents: int, pages: int) -> None:
    """Documents of a few lines a page, and one that cannot be read."""
    folder.mkdir()
    for number in range(documents):
        with pymupdf.open() as pdf:
            for page in range(pages):
                text = "\n".join(f"document {number} page {page} line {line}" for line in range(20))
                pdf.new_page().insert_text((72, 72), text)
            pdf.save(folder / f"{number}.pdf")
    (folder / "broken.pdf").write_bytes(b"%PDF-1.7\nno page anywhere")


def write_job(path: Path, inputs: str, output: str) -> Path:
    job = {
        "version": 1,
        "inputs": {"paths": [inputs]},
        "tasks": {"ocr": {"engine": "text_layer"}},
        "output": {"path": output},
        "on_error": {"max_failed_documents": 1},
    }
    path.write_text(json.dumps(job))
    return path


def page_rows(out: Path) -> dict[tuple[str, int], set[str]]:
    """Digests of the whole rows of each committed page; several where it stands several times."""
    found: dict[tuple[str, int], set[str]] = {}
    if any((out / "pages").glob("*.parquet")):
        files = str(out / "pages" / "*.parquet").replace("'", "''")
        rows = duckdb.sql(f"SELECT document_id, page_number, md5(p::VARCHAR) FROM '{files}' p").fetchall()
        for document_id, number, digest in rows:
            found.setdefault((document_id, number), set()).add(digest)
    return found


def run_through(
    job: Path, cloud: Cloud, out: str, copy: Path, fault: str = "none", moment: float = 0.0
) -> dict[str, Any]:
    """Run a job until it ends with 0, breaking one thing `moment` seconds after its start or as soon as there is one.

    Rows that stood after a try that failed, and do not stand at the end as they were, are `changed`.
    """
    began, codes, struck = time.monotonic(), [], ""
    kept: list[dict[tuple[str, int], set[str]]] = []
    while len(codes) < MOST_TRIES and (not codes or codes[-1] != 0):
        deadline = time.monotonic() + TRY_SECONDS
        with driver_of(job, cloud.cluster.address) as driver:
            while driver.poll() is None and time.monotonic() < deadline:
                if fault != "none" and not struck and time.monotonic() - began > moment:
                    struck = cloud.strike(fault, driver)
                time.sleep(0.1)
            codes.append(driver.poll())
        if codes[-1] != 0:
            kept.append(page_rows(on_disk(out, copy)))
    seconds = round(time.monotonic() - began, 1)
    last = page_rows(on_disk(out, copy))
    changed = sum(not last.get(key, {""}) <= rows for before in kept for key, rows in before.items())
    standing = [len(before) for before in kept]
    return {"struck": struck, "codes": codes, "seconds": seconds, "standing": standing, "changed": changed}


def summarise(told: list[dict[str, Any]], pages: int, calm: float) -> dict[str, Any]:
    """By kind of fault: runs, those that met something to break, what differed, and seconds lost.

    They are lost against the median of the runs with `none`, or `calm` seconds where there is none.
    """
    faults = {}
    calm = statistics.median([run["seconds"] for run in told if run["fault"] == "none"] or [calm])
    for fault in dict.fromkeys(run["fault"] for run in told):
        runs = [run for run in told if run["fault"] == fault]
        lost = [run["seconds"] - calm for run in runs if run["struck"]]
        faults[fault] = {
            "runs": len(runs),
            "struck": len(lost),
            "resumed": sum(len(run["codes"]) > 1 for run in runs),
            "not_ended": sum(run["codes"][-1] != 0 for run in runs),
            "with_differences": sum(bool(run["differences"]) for run in runs),
            "pages_changed": sum(run["changed"] for run in runs),
            "seconds_lost_median": round(statistics.median(lost), 1) if lost else None,
            "seconds_lost_most": round(max(lost), 1) if lost else None,
        }
    return {"runs": len(told), "pages": pages, "seconds_calm": round(calm, 1), "faults": faults}


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--runs", type=int, default=50)
    arguments.add_argument("--seed", type=int, default=0)
    arguments.add_argument("--faults", nargs="+", choices=FAULTS, default=FAULTS)
    arguments.add_argument("--nodes", type=int, default=2)
    arguments.add_argument("--documents", type=int, default=20)
    arguments.add_argument("--pages", type=int, default=30, help="Pages of a document.")
    arguments.add_argument("--minutes", type=float, default=60.0, help="Begin no run after so long.")
    options = arguments.parse_args()
    folder, dice, began = Path(tempfile.mkdtemp(prefix="docpipe-chaos-")), random.Random(options.seed), time.monotonic()
    told: list[dict[str, Any]] = []
    with ExitStack() as stack:
        server = stack.enter_context(s3_module().s3_server())
        os.environ |= {"DOCPIPE_STORE_SECONDS": str(PATIENCE_SECONDS), "RAY_USAGE_STATS_ENABLED": "0"}
        cloud = Cloud(options.nodes, dice, server)
        stack.callback(cloud.close)
        write_documents(folder / "in", options.documents, options.pages)
        bucket = server.bucket() if "store" in options.faults else ""

        def run(name: str, fault: str = "none", moment: float = 0.0) -> tuple[dict[str, Any], dict[str, Any]]:
            out = f"{bucket}/{name}" if fault == "store" else str(folder / name)
            job = write_job(folder / f"{name}.yaml", str(folder / "in"), out)
            found = run_through(job, cloud, out, folder / f"{name}-copy", fault, moment)
            return found, content(on_disk(out, folder / f"{name}-copy"))

        run("warm")
        calm, expected = run("calm")
        while len(told) < options.runs and time.monotonic() - began < options.minutes * 60:
            fault, moment = options.faults[len(told) % len(options.faults)], dice.uniform(0, calm["seconds"])
            found, tables = run(name := f"run-{len(told)}", fault, moment)
            line = {"run": name, "fault": fault, "moment": round(moment, 2), **found}
            told.append(line | {"differences": difference(expected, tables)})
            sys.stdout.write(json.dumps(told[-1]) + "\n")
            sys.stdout.flush()
    sys.stdout.write(json.dumps(summarise(told, len(expected["pages"]), calm["seconds"])) + "\n")
    bad = any(run["differences"] or run["changed"] or run["codes"][-1] != 0 for run in told)
    if bad:
        sys.stderr.write(f"outputs are left in {folder}\n")
    else:
        shutil.rmtree(folder)
    sys.exit(bad)


if __name__ == "__main__":
    main()
