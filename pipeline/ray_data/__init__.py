"""`docpipe.ray`: operators for your own Ray Data pipelines.

They list pages, read them and answer questions, but commit nothing. Only `docpipe.run` guarantees that each page is
committed exactly once, even after crashes.
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
