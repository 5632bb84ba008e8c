"""The verb on one document: locate."""

import json
from typing import Annotated

import typer

from .arguments import AsJson


def locate(
    file: Annotated[str, typer.Argument(metavar="FILE", help="The document, a path or URL.", show_default=False)],
    texts: Annotated[
        list[str] | None, typer.Argument(metavar="TEXT", help="Texts to search for.", show_default=False)
    ] = None,
    texts_file: Annotated[
        str | None,
        typer.Option("--from", metavar="TEXTS.txt", help="File with one text per line; - for standard input."),
    ] = None,
    page: Annotated[int | None, typer.Option(min=1, help="Search only this page.", show_default=False)] = None,
    passwords_env: Annotated[
        str | None, typer.Option(metavar="NAME", help="A variable with one password a line.", show_default=False)
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Find where texts are printed in a document, with their support."""
    from ..pipeline.commands.locate import locate as look_up
    from ..pipeline.commands.locate import location_json, location_text, read_texts

    wanted = [*(texts or ()), *(read_texts(texts_file) if texts_file else ())]
    location = look_up(file, wanted, page, passwords_env)
    for text, grounding in location.texts:
        typer.echo(json.dumps(location_json(text, grounding)) if as_json else location_text(text, grounding))
    for failure in location.failures:
        typer.echo(f"docpipe: {failure}", err=True)
