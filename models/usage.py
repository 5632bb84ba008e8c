"""What an engine has done so far, for those who watch it."""

import threading
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Usage:
    """The work that an engine has done since it started, and the work in flight.

    Attributes:
        prompt_tokens, generated_tokens: of all questions, repeated ones too; visual tokens are part of a prompt.
        seconds: by stage: `vision` while the tower computes; `wait`, `prefill` (to the first token) and `decode`
            are summed over questions, many of which run at once.
        waiting, running: questions and images.
        memory_share: of the device's memory that is in use; None where the engine computes on none of its own.
    """

    prompt_tokens: int = 0
    generated_tokens: int = 0
    seconds: Mapping[str, float] = field(default_factory=dict)
    waiting: int = 0
    running: int = 0
    memory_share: float | None = None


class UsageMeter:
    """The running sums of a `Usage`; may be used from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._prompt_tokens = self._generated_tokens = 0
        self._seconds: defaultdict[str, float] = defaultdict(float)

    def answered(self, prompt_tokens: int, generated_tokens: int) -> None:
        with self._lock:
            self._prompt_tokens += prompt_tokens
            self._generated_tokens += generated_tokens

    def spent(self, **seconds: float) -> None:
        """Add to the seconds of stages."""
        with self._lock:
            for stage, passed in seconds.items():
                self._seconds[stage] += passed

    def usage(self, waiting: int, running: int, memory_share: float | None = None) -> Usage:
        with self._lock:
            seconds = dict(self._seconds)
            return Usage(self._prompt_tokens, self._generated_tokens, seconds, waiting, running, memory_share)
