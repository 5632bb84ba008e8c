"""Verbs on documents: read, locate."""

import errno
import io
import json
import os
import sys
from typing import Annotated

import typer

from ..schemas.answer_types import ANSWER_TYPES
from ..schemas.printable import printable
from .arguments import AsJson

_TYPES = ", ".join(name for name, described in ANSWER_TYPES.items() if not described.needs_choices)
PasswordsEnv = Annotated[
    str | None, typer.Option(metavar="NAME", help="A variable with one password a line.", show_default=False)
]


def read(
    files: Annotated[list[str], typer.Argument(metavar="FILE...", help="Paths or URLs.", show_default=False)],
    ask: Annotated[
        list[str] | None, typer.Option(metavar="QUESTION", help="Ask the documents, too.", show_default=False)
    ] = None,
    answer_type: Annotated[
        str | None,
        typer.Option("--type", metavar="TYPE", help=f"One of {_TYPES}.", show_default=False),
    ] = None,
    to: Annotated[str, typer.Option("--to", metavar="FORM", help="markdown or json.")] = "markdown",
    layout: Annotated[
        bool, typer.Option("--layout", help="Find titles, lists and tables without rulings too: slower.")
    ] = False,
    passwords_env: PasswordsEnv = None,
) -> None:
    """Read files and print them: text in reading order as Markdown, or all rows as JSON; no job, nothing is written."""
    from ..operators.reading.parser_sandbox import parser_sandbox

    with parser_sandbox(layout=layout) as parser:
        # The parser starts on another core while this process imports Arrow.
        parser.begin()
        from ..pipeline.commands.read import asked_questions, check_questions, file_reader
        from ..pipeline.commands.read_print import print_files, printer

        check_questions(tuple(ask or ()), answer_type)
        questions = asked_questions({f"q{at}": text for at, text in enumerate(ask or (), 1)}, answer_type)
        out = printer(to, _print, len(files))
        with file_reader(layout=layout, passwords_env=passwords_env, parser=parser) as reader:
            raise typer.Exit(print_files(reader, files, out, _warn, questions))


def _print(text: str) -> None:
    """Text as UTF-8, at once; ends the command without a word where whoever reads it has gone."""
    if isinstance(sys.stdout, io.TextIOWrapper) and sys.stdout.encoding.lower() != "utf-8":
        sys.stdout.reconfigure(encoding="utf-8")
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except OSError as error:
        if error.errno != errno.EPIPE:
            raise
        # What is left in the buffer must not meet the closed pipe once more at the end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise typer.Exit from None


def _warn(message: str) -> None:
    typer.echo(printable(f"docpipe: {message}"), err=True)


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
    passwords_env: PasswordsEnv = None,
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
