"""Reading lines of one image, each in a given direction, no quad twice."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from .quads import FloatArray, crop
from .recogniser import Reading, Recogniser


@dataclass
class LineReader:
    """The recogniser bound to one image, (h, w, 3) RGB, and one deadline; remembers what it has read."""

    recogniser: Recogniser
    image: NDArray[np.uint8]
    deadline: float | None = None
    _known: dict[bytes, Reading] = field(default_factory=dict)

    def read(self, quads: FloatArray) -> list[Reading]:
        """One reading for each of (n, 4, 2) quads, in their order.

        Raises:
            TimeoutError: `time.monotonic()` passed the deadline.
        """
        keys = [quad.tobytes() for quad in quads]
        new = {key: quad for key, quad in zip(keys, quads, strict=True) if key not in self._known}
        crops = [crop(self.image, quad) for quad in new.values()]
        self._known.update(zip(new, self.recogniser.read(crops, self.deadline), strict=True))
        return [self._known[key] for key in keys]
