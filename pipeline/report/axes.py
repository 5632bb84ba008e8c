"""Numbers on the axes of charts."""

import math


def ticks(low: float, high: float, about: int = 5) -> list[float]:
    """Round values for an axis that span `low` to `high`: at least two, in ascending order."""
    low, high = min(low, high), max(low, high)
    size = max(-low, high, 1e-12)
    if high - low <= 1e-9 * size:
        low, high = low - size / 2, high + size / 2
    raw = (high - low) / about
    if not math.isfinite(raw):
        return sorted({low, 0.0, high})
    power = 10.0 ** math.floor(math.log10(raw))
    step = next(factor * power for factor in (1, 2, 2.5, 5, 10) if factor * power >= raw * 0.999)
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    return [round(i * step, 12 - math.floor(math.log10(step))) for i in range(first, last + 1)]


def short(value: float) -> str:
    """A short text of a number for an axis, without trailing zeros."""
    size = abs(value)
    for limit, unit in ((1e12, "T"), (1e9, "G"), (1e6, "M"), (1e4, "k")):
        if size >= limit:
            power = {"T": 1e12, "G": 1e9, "M": 1e6, "k": 1e3}[unit]
            return f"{value / power:.4g}{unit}" if size < 1e15 else f"{value:.3g}"
    return f"{value:.6g}"
