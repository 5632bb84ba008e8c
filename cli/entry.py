"""The entry point: every failure becomes a message and an exit code of the contract."""

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
    """`main` in a process of its own, which ends with the code that it promises.

    Destructors of native libraries are left out: threads of Arrow's, not yet gone after a manifest was read, have
    aborted the process there ("terminate called without an active exception", 2 of 176 times on a busy machine).
    """
    code = _exit_code()
    for stream in (sys.stdout, sys.stderr):
        # Whoever reads may have gone.
        with suppress(OSError, ValueError):
            stream.flush()
    os._exit(code)


def _tell(message: str) -> None:
    """What ends a command, on standard error."""
    if os.environ.get("DOCPIPE_LOG_FORMAT"):
        from ..pipeline.telemetry.log import log_line

        log_line("error", message)
    else:
        typer.echo(printable(f"docpipe: {message}"), err=True)


def _exit_code() -> int:
    try:
        # Prints bad usage itself; it turns Ctrl-C into an exit without a word.
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
        _tell("interrupted; a job goes on where it stopped when it is run again")
    return code
