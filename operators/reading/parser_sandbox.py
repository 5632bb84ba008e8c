"""The parser's process, seen from outside: light to import, so that it can start while the rest is imported."""

from ..sandbox.sandbox import Sandbox

PAGE_MEMORY_MB = 2048
"""Address space of the process where nothing else is asked for, in MiB."""

# By default glibc gives the memory of a page's image back to the system, and each page costs thousands of page faults
# to get it again: a third of the CPU seconds of rendering. Images of up to this size stay in the process.
_KEPT_BYTES = str(128 << 20)
_MALLOC = {"MALLOC_MMAP_THRESHOLD_": _KEPT_BYTES, "MALLOC_TRIM_THRESHOLD_": _KEPT_BYTES}
_PARSER = f"{__package__}.parser_entry:start_parser"


def parser_sandbox(*, layout: bool, memory_mb: int = PAGE_MEMORY_MB) -> Sandbox:
    """A sandbox for a `parser.Parser`, not started yet.

    Args:
        layout: whether pages will be asked for their layout, see `parser_entry.start_parser`.
        memory_mb: address space of the process in MiB.
    """
    recycle_rss_mb = max(512.0, memory_mb / 2)
    return Sandbox(_PARSER, {"layout": layout}, memory_mb=memory_mb, environment=_MALLOC, recycle_rss_mb=recycle_rss_mb)
