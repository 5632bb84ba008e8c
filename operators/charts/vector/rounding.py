"""Numbers to what a drawing resolves."""

import math


def rounded(value: float, resolution: float) -> float:
    """A value without the digits below the power of ten that is not above its resolution."""
    if not math.isfinite(value) or resolution <= 0 or not math.isfinite(resolution):
        return value
    digits = -math.floor(math.log10(resolution))
    if digits > 300 or digits < -300:
        return value
    found = round(value, digits)
    return 0.0 if found == 0 else found


def plain_number(value: float) -> str:
    """A number as text, without an exponent where it is of a usual size."""
    if value == int(value) and abs(value) < 1e16:
        return str(int(value))
    text = repr(value)
    return text if "e" not in text else format(value, ".6g")
