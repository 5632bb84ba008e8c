"""`python -m docpipe.evaluation.synthetic OUT`: synthetic documents with their labels."""

from pathlib import Path
from typing import Annotated

import typer

from .folder import write_folder
from .fonts import find_faces
from .pages import DOCUMENTS, KINDS


def main(
    out: Annotated[Path, typer.Argument(metavar="OUT", help="A new folder.", show_default=False)],
    documents: Annotated[int, typer.Option(min=1, help="How many.")] = 100,
    seed: Annotated[int, typer.Option(min=0, help="The same seed and fonts give the same documents.")] = 1,
    kinds: Annotated[str, typer.Option(help="In turn, with commas between: " + " ".join(KINDS))] = ",".join(DOCUMENTS),
    fonts: Annotated[Path | None, typer.Option(help="A folder of fonts; the system's otherwise.")] = None,
    damage: Annotated[
        float | None, typer.Option(min=0, max=1, help="Of a scan: 0 as printed, 1 bad; different where not given.")
    ] = None,
) -> None:
    """Draw documents and write their truth as ocr.jsonl, qa.jsonl and charts.jsonl."""
    chosen = kinds.split(",")
    if unknown := [kind for kind in chosen if kind not in KINDS]:
        raise typer.BadParameter(f"{', '.join(unknown)}: not known; {', '.join(KINDS)} are", param_hint="--kinds")
    try:
        rows = write_folder(out, chosen, documents, seed, find_faces(fonts), damage)
    except (ValueError, FileExistsError) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(2) from error
    typer.echo(f"{out}: {documents} documents, " + ", ".join(f"{count} rows of {name}" for name, count in rows.items()))


if __name__ == "__main__":
    typer.run(main)
