"""Entry point of the parser process: keeps out the layout model where the job does not use it, and tunes the GC."""

import gc
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .parser import Parser

_LAYOUT_MODULES = ("pymupdf.layout", "pymupdf4llm")
# Each page allocates hundreds of word tuples, none of them in a cycle; by default the GC would run every 700 objects.
_OBJECTS_BETWEEN_COLLECTIONS = 50_000


def start_parser(layout: bool) -> "Parser":
    """Create the parser of this process.

    Args:
        layout: whether the job uses the layout model. `import pymupdf` imports it wherever it is installed, which
            takes a second and the memory of a second library; this function prevents that where `layout` is False.
    """
    if not layout:
        for name in _LAYOUT_MODULES:
            # With None as its entry in sys.modules, importing the module raises ImportError.
            sys.modules[name] = None  # type: ignore[assignment]
    from .parser import Parser

    gc.freeze()
    gc.set_threshold(_OBJECTS_BETWEEN_COLLECTIONS)
    return Parser()
