"""How the parser's process begins: without what a job does not need."""

import gc
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .parser import Parser

_LAYOUT_MODULES = ("pymupdf.layout", "pymupdf4llm")
# Words come as tuples by the hundred a page, none of them in a cycle: the default looks for some every 700 objects.
_OBJECTS_BETWEEN_COLLECTIONS = 50_000


def start_parser(layout: bool) -> "Parser":
    """A parser for this process.

    Args:
        layout: whether pages will be asked for their layout. `import pymupdf` brings in the layout model wherever
            that is installed, which takes a second and the memory of a second library; without, it is kept out.
    """
    if not layout:
        for name in _LAYOUT_MODULES:
            # How Python is told that a module cannot be imported.
            sys.modules[name] = None  # type: ignore[assignment]
    from .parser import Parser

    gc.freeze()
    gc.set_threshold(_OBJECTS_BETWEEN_COLLECTIONS)
    return Parser()
