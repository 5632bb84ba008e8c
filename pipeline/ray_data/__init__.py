"""Operators for Ray Data pipelines of one's own: `docpipe.ray`.

They list, read and ask; nothing is committed. That each page comes out exactly once, whatever dies on the way, is what
`docpipe.run` adds.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .ask_pages import AskPages
    from .list_pages import ListPages
    from .read_pages import ReadPages

__all__ = ["AskPages", "ListPages", "ReadPages"]

_MODULES = {"AskPages": "ask_pages", "ListPages": "list_pages", "ReadPages": "read_pages"}

if not TYPE_CHECKING:

    def __getattr__(name: str) -> Any:
        from importlib import import_module

        if name in _MODULES:
            return getattr(import_module(f".{_MODULES[name]}", __name__), name)
        raise AttributeError(f"module 'docpipe.ray' has no attribute {name!r}")


def __dir__() -> list[str]:
    return list(__all__)
