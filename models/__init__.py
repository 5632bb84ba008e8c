"""What answers: engines that know images and text, and nothing of documents."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from . import internvl2 as internvl2
else:

    def __getattr__(name: str) -> Any:
        """`docpipe.models.internvl2` without an import of its own."""
        if name == "internvl2":
            from importlib import import_module

            return import_module(".internvl2", __name__)
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
