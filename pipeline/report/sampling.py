"""Samples a few representative rows: the worst of each kind, one of each value, and the rest at random."""

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Generic, TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

Key = TypeVar("Key", bound=Hashable)

ANY = "chosen at random"
EACH = "one of each: "
"""Prefix of the names of strata that need no explanation in the report."""
_SEED = 20240501


@dataclass(frozen=True)
class Sampled(Generic[Key]):
    """A chosen row and the reasons why, as text for the report; none for a row chosen at random or for its value."""

    key: Key
    reasons: tuple[str, ...]


class Sample(Generic[Key]):
    """The rows with the lowest scores in each stratum of a stream of any length; deterministic for equal streams."""

    def __init__(self) -> None:
        self._strata: dict[str, list[tuple[float, int, Key]]] = {}
        self._random = np.random.default_rng(_SEED)
        self._seen = 0

    def offer(self, stratum: str, keep: int, scores: ArrayLike, key: Callable[[int], Key]) -> None:
        """Add rows with their scores; the `keep` lowest scores of the stratum are kept, except NaN.

        Args:
            key: returns the key of the row at an index of `scores`.
        """
        values = np.asarray(scores, np.float64)
        finite = np.flatnonzero(~np.isnan(values))
        if len(finite) > keep:
            finite = finite[np.argpartition(values[finite], keep - 1)[:keep]]
        kept = self._strata.setdefault(stratum, [])
        kept += [(float(values[i]), self._seen + int(i), key(int(i))) for i in finite]
        kept.sort(key=lambda entry: entry[:2])
        del kept[keep:]
        self._seen += len(values)

    def offer_at_random(self, stratum: str, keep: int, wanted: NDArray[np.bool_], key: Callable[[int], Key]) -> None:
        """Add the rows where `wanted` is true, each with the same probability of being kept."""
        scores = self._random.random(len(wanted))
        self.offer(stratum, keep, np.where(wanted, scores, np.nan), key)

    def take(self, limit: int) -> list[Sampled[Key]]:
        """At most `limit` different rows, taken from the strata in turn; the stratum `ANY` fills the remainder."""
        named = [stratum for stratum in self._strata if stratum != ANY]
        chosen: dict[Key, list[str]] = {}
        deepest = max((len(rows) for rows in self._strata.values()), default=0)
        turns = [(stratum, depth) for depth in range(deepest) for stratum in named]
        turns += [(ANY, depth) for depth in range(deepest)]
        for stratum, depth in turns:
            rows = self._strata.get(stratum, [])
            if depth >= len(rows):
                continue
            key = rows[depth][2]
            if key in chosen or len(chosen) < limit:
                reasons = chosen.setdefault(key, [])
                if stratum != ANY and not stratum.startswith(EACH):
                    reasons.append(stratum)
        return [Sampled(key, tuple(reasons)) for key, reasons in chosen.items()]
