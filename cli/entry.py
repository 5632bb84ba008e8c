"""The entry point: every failure becomes a message and a documented exit code."""

import os
import sys
import traceback
from contextlib import suppress
from typing import NoReturn

import typer

from ..schemas.errors import INTERRUPTED, command_error
from ..schemas.printable import printable
from .app import app


def main() -> None:
    """Run the command that the arguments name, and exit."""
    sys.exit(_exit_code())


def program() -> NoReturn:
    """Run `main` as a program of its own and exit with its code.

    The process exits without running the destructors of native libraries: Arrow threads that were still alive after a
    manifest was read have aborted the process there ("terminate called without an active exception", 2 of 176 times
    on a busy machine).
    """
    code = _exit_code()
    for stream in (sys.stdout, sys.stderr):
        # The reader of the stream may have closed it.
        with suppress(OSError, ValueError):
            stream.flush()
    os._exit(code)


def _tell(message: str) -> None:
    """Write the message that ends a command to standard error."""
    if os.environ.get("DOCPIPE_LOG_FORMAT"):
        from ..pipeline.telemetry.log import log_line

        log_line("error", message)
    else:
        typer.echo(printable(f"docpipe: {message}"), err=True)


def _exit_code() -> int:
    try:
        # Typer prints usage errors itself, and turns Ctrl-C into a silent exit.
        app()
        code = 0
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 0
    except KeyboardInterrupt:
        code = INTERRUPTED
    except Exception as error:
        # A folder that may not be read, a damaged table: a traceback would not explain it.
        ended = command_error(error)
        _tell(str(ended))
        if ended is not error and os.environ.get("DOCPIPE_TRACEBACK"):
            traceback.print_exc()
        code = ended.exit_code
    if code == INTERRUPTED:
        _tell("interrupted; run the job again to resume it")
    return code
