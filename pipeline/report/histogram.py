"""Histograms of shares between 0 and 1, which are filled batch by batch."""

from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

BINS = 20


@dataclass
class Histogram:
    """`counts[i]` values are between i / BINS and (i + 1) / BINS; the last bin includes 1. Nulls are counted apart."""

    counts: NDArray[np.int64] = field(default_factory=lambda: np.zeros(BINS, np.int64))
    unknown: int = 0

    def add(self, column: pa.Array) -> None:
        values = shares(column)
        known = values[~np.isnan(values)]
        self.unknown += len(values) - len(known)
        self.counts += np.histogram(known.clip(0, 1), bins=BINS, range=(0, 1))[0]

    @property
    def total(self) -> int:
        """Number of values without nulls."""
        return int(self.counts.sum())


def shares(column: pa.Array) -> NDArray[np.float64]:
    """A column of numbers as an array, with NaN for null."""
    return np.asarray(column.to_numpy(zero_copy_only=False), np.float64)
