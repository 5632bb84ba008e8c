"""A few rows that stand for many: the worst of each kind, one of everything, and the rest at random."""

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Generic, TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

Key = TypeVar("Key", bound=Hashable)

ANY = "chosen at random"
EACH = "one of each: "
"""Beginning of the names of strata that need no explanation to a person."""
_SEED = 20240501


@dataclass(frozen=True)
class Sampled(Generic[Key]):
    """A chosen row and, in words for people, why it was chosen; none for one of many alike."""

    key: Key
    reasons: tuple[str, ...]


class Sample(Generic[Key]):
    """Rows of least score in each stratum, from a stream of any length; the same stream gives the same sample."""

    def __init__(self) -> None:
        self._strata: dict[str, list[tuple[float, int, Key]]] = {}
        self._random = np.random.default_rng(_SEED)
        self._seen = 0

    def offer(self, stratum: str, keep: int, scores: ArrayLike, key: Callable[[int], Key]) -> None:
        """Rows with their scores; the `keep` least ones stay, those of score NaN never do.

        Args:
            key: of the row at an index of `scores`.
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
        """Rows at the true places of `wanted`, each as likely as the other."""
        scores = self._random.random(len(wanted))
        self.offer(stratum, keep, np.where(wanted, scores, np.nan), key)

    def take(self, limit: int) -> list[Sampled[Key]]:
        """At most `limit` different rows, from the strata in turn; the stratum `ANY` fills up what is left."""
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
