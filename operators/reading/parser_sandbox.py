"""The parser's process, seen from outside: light to import, so that it can start while the rest is imported."""

from ..sandbox.sandbox import Sandbox

PAGE_MEMORY_MB = 2048
"""Address space of the process where nothing else is asked for, in MiB."""

_PARSER = f"{__package__}.parser_entry:start_parser"


def parser_sandbox(*, layout: bool, memory_mb: int = PAGE_MEMORY_MB) -> Sandbox:
    """A sandbox for a `parser.Parser`, not started yet.

    Args:
        layout: whether pages will be asked for their layout, see `parser_entry.start_parser`.
        memory_mb: address space of the process in MiB.
    """
    recycle_rss_mb = max(512.0, memory_mb / 2)
    return Sandbox(_PARSER, {"layout": layout}, memory_mb=memory_mb, recycle_rss_mb=recycle_rss_mb)
