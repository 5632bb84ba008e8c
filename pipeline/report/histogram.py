"""Counts of shares between 0 and 1, gathered a batch at a time."""

from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

BINS = 20


@dataclass
class Histogram:
    """`counts[i]` values lie between i / BINS and (i + 1) / BINS, 1 itself in the last one; nulls are apart."""

    counts: NDArray[np.int64] = field(default_factory=lambda: np.zeros(BINS, np.int64))
    unknown: int = 0

    def add(self, column: pa.Array) -> None:
        values = shares(column)
        known = values[~np.isnan(values)]
        self.unknown += len(values) - len(known)
        self.counts += np.histogram(known.clip(0, 1), bins=BINS, range=(0, 1))[0]

    @property
    def total(self) -> int:
        """Values that are known."""
        return int(self.counts.sum())


def shares(column: pa.Array) -> NDArray[np.float64]:
    """A column of numbers with NaN for null."""
    return np.asarray(column.to_numpy(zero_copy_only=False), np.float64)
