"""Verbs on an InternVL2 folder: bench, models check, models synth."""

import json
from pathlib import Path
from typing import Annotated

import typer

from .arguments import AsJson


def bench(
    model: Annotated[Path, typer.Argument(metavar="MODEL", help="An InternVL2 folder.", show_default=False)],
    device: Annotated[
        str, typer.Option(help="cuda or cpu; by default cuda if there is a GPU.", show_default=False)
    ] = "",
    dtype: Annotated[
        str, typer.Option(help="auto, bfloat16, float16 or float32; auto is float32 on processors without bfloat16.")
    ] = "auto",
    documents: Annotated[
        Path | None,
        typer.Option(
            metavar="FOLDER", help="Folder of documents; by default those of the quickstart.", show_default=False
        ),
    ] = None,
    pages: Annotated[int, typer.Option(min=1, help="Number of pages to read.")] = 8,
    max_tiles: Annotated[int, typer.Option(min=1, max=64, help="Maximum number of tiles per page.")] = 12,
    new_tokens: Annotated[int, typer.Option(min=2, help="Number of tokens per answer.")] = 64,
    threads: Annotated[
        int, typer.Option(min=0, help="Processor threads of the model; 0 is all, as in a job of one replica.")
    ] = 0,
    as_json: AsJson = False,
) -> None:
    """Measure the speed of a model on this machine, part by part, against the limits of the device."""
    from ..evaluation.speed.bench import bench_json, bench_model, bench_text, engine_of
    from ..jobs import QUICKSTART

    settings, where = engine_of(model, dtype, device)
    folder = documents or QUICKSTART.parent / "quickstart" / "documents"
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    found = bench_model(settings, where, files, pages, max_tiles, new_tokens, threads)
    typer.echo(json.dumps(bench_json(found)) if as_json else bench_text(found))


def check(
    path: Annotated[
        Path, typer.Argument(metavar="PATH", help="A checkpoint folder.", show_default=False, readable=False)
    ],
    as_json: AsJson = False,
) -> None:
    """Report which InternVL2 a folder contains, whether it is complete, and the memory that it needs."""
    from ..models.internvl2.check import check_model, checked_json, checked_text

    checked = check_model(path)
    typer.echo(json.dumps(checked_json(checked)) if as_json else checked_text(checked))


def synth(
    name: Annotated[str, typer.Argument(metavar="NAME", help="1B 2B 4B 8B 26B 40B 76B", show_default=False)],
    path: Annotated[Path, typer.Argument(metavar="PATH", help="The folder to create.", show_default=False)],
    tiny: Annotated[bool, typer.Option(help="Write a checkpoint of about a megabyte with the same layout.")] = False,
    seed: Annotated[int, typer.Option(min=0, help="Seed of the random weights.")] = 0,
) -> None:
    """Write a checkpoint of a published shape with random weights, for tests of loading and speed."""
    from ..models.internvl2.checkpoint.sizes import published_size
    from ..models.internvl2.checkpoint.synthesize import synthesize

    typer.echo(f"{synthesize(published_size(name), path, tiny=tiny, seed=seed)}: written, with random weights")
