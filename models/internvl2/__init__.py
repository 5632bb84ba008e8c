"""InternVL2: the seven published checkpoints, read as they are and computed exactly, without remote code.

This import is cheap; torch and transformers come with `InternVL2.load`.
"""

from typing import TYPE_CHECKING, Any

from .errors import CheckpointError, PromptTooLongError

if TYPE_CHECKING:
    from .model import InternVL2

__all__ = ["CheckpointError", "InternVL2", "PromptTooLongError"]


def __getattr__(name: str) -> Any:
    if name == "InternVL2":
        from .model import InternVL2

        return InternVL2
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
