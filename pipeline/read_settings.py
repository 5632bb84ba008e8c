"""How a job's pages are read, in the terms of the operators."""

import os

from ..operators.parsed_page import ReadSettings
from ..schemas.errors import MissingResourceError
from ..schemas.job import Job


def read_settings(job: Job) -> ReadSettings:
    """How the job's pages are read.

    Raises MissingResourceError where the variable with the passwords is not set.
    """
    variable = job.inputs.passwords_env
    return ReadSettings(
        dpi=job.render.dpi,
        max_pixels=job.render.max_pixels,
        engine=job.tasks.ocr.engine if job.tasks.ocr else "auto",
        # `auto` finds regions where a task needs them; reading text alone does not.
        layout=job.layout == "on",
        passwords=passwords_from(variable, "inputs.passwords_env") if variable else (),
    )


def passwords_from(variable: str, named_by: str) -> tuple[str, ...]:
    """The passwords in an environment variable, one a line.

    Raises MissingResourceError where it is not set; `named_by` is the key or option that names it.
    """
    if variable not in os.environ:
        raise MissingResourceError(f"{named_by}: the environment has no variable {variable}")
    return tuple(line for line in os.environ[variable].splitlines() if line)
