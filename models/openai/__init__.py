"""Models behind any server that speaks the OpenAI protocol: vLLM, LMDeploy, SGLang, `transformers serve`.

This import is cheap; the HTTP client comes with `OpenAIServed`.
"""

from typing import TYPE_CHECKING, Any

from .check import check, read_key
from .images import prepare_file

if TYPE_CHECKING:
    from .engine import OpenAIServed

__all__ = ["OpenAIServed", "check", "prepare_file", "read_key"]


def __getattr__(name: str) -> Any:
    if name == "OpenAIServed":
        from .engine import OpenAIServed

        return OpenAIServed
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
