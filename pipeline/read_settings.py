"""How a job's pages are read, in the terms of the operators."""

import os

from ..operators.reading.messages import ReadSettings
from ..schemas.errors import MissingResourceError
from ..schemas.job import Job
from ..schemas.job_tasks import BuiltInEngine
from .engine_plan import needs_layout


def read_settings(job: Job) -> ReadSettings:
    """How the job's pages are read.

    Raises MissingResourceError where the variable with the passwords is not set.
    """
    variable = job.inputs.passwords_env
    engine = job.tasks.ocr.engine if job.tasks.ocr else BuiltInEngine.AUTO
    return ReadSettings(
        dpi=job.render.dpi,
        max_pixels=job.render.max_pixels,
        # What a model reads is held against the page's own text, as `auto` finds it.
        engine=engine if engine in set(BuiltInEngine) else "auto",
        layout=needs_layout(job),
        passwords=passwords_from(variable, "inputs.passwords_env") if variable else (),
    )


def passwords_from(variable: str, named_by: str) -> tuple[str, ...]:
    """The passwords in an environment variable, one a line.

    Raises MissingResourceError where it is not set; `named_by` is the key or option that names it.
    """
    if variable not in os.environ:
        raise MissingResourceError(f"{named_by}: the environment has no variable {variable}")
    return tuple(line for line in os.environ[variable].splitlines() if line)
