"""Batch document AI: PDFs, scans and charts into Parquet with boxes that can be checked.

The import is cheap: what follows is loaded when it is first used. Names that are not in `docpipe.__all__` are internal.

>>> import docpipe
>>> summary = docpipe.run(docpipe.load_job("job.yaml"))
>>> docpipe.open_output(summary.output).table("answers").to_pandas()
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from . import models as models
    from .api import Location as Location
    from .api import TextLocation as TextLocation
    from .api import load_job as load_job
    from .api import locate as locate
    from .api import open_output as open_output
    from .api import run as run
    from .pipeline import ray_data as ray  # noqa: F401
    from .pipeline.commands.read import ReadResult as ReadResult
    from .pipeline.commands.read import read as read
    from .pipeline.run.summary import RunSummary as RunSummary
    from .pipeline.tables.document import Document as Document
    from .pipeline.tables.joined import JoinedTable as JoinedTable
    from .pipeline.tables.output import Output as Output
    from .schemas.errors import CommandError as CommandError
    from .schemas.errors import InvalidJobError as InvalidJobError
    from .schemas.errors import JobBrokenError as JobBrokenError
    from .schemas.errors import MissingResourceError as MissingResourceError
    from .schemas.job.model import Job as Job

__version__ = "0.1.0"

_OBJECTS = {
    "CommandError": ".schemas.errors",
    "Document": ".pipeline.tables.document",
    "InvalidJobError": ".schemas.errors",
    "Job": ".schemas.job.model",
    "JobBrokenError": ".schemas.errors",
    "JoinedTable": ".pipeline.tables.joined",
    "Location": ".api",
    "MissingResourceError": ".schemas.errors",
    "Output": ".pipeline.tables.output",
    "ReadResult": ".pipeline.commands.read",
    "RunSummary": ".pipeline.run.summary",
    "TextLocation": ".api",
    "load_job": ".api",
    "locate": ".api",
    "open_output": ".api",
    "read": ".pipeline.commands.read",
    "run": ".api",
}
_MODULES = {"models": ".models", "ray": ".pipeline.ray_data"}

__all__ = ["__version__", *_OBJECTS, *_MODULES]

if not TYPE_CHECKING:

    def __getattr__(name: str) -> Any:
        from importlib import import_module

        if name in _OBJECTS:
            found = getattr(import_module(_OBJECTS[name], __name__), name)
        elif name in _MODULES:
            found = import_module(_MODULES[name], __name__)
        else:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        globals()[name] = found
        return found


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
