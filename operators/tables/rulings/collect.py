"""What `grid` needs of a page beyond its words: the rulings, taken in the parser's process."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ....schemas.page import PageReading
from ..structure.area import Rulings


def collect(page: Any, image: NDArray[np.uint8] | None, reading: PageReading) -> Rulings | None:
    """The rulings of a page that may have a table; None where its layout says that it has none.

    Those of an image that OCR reads are found in it, others in the vector graphics; see `operators.reading.collect`.
    """
    if image is not None:
        from .image_lines import image_rulings

        return image_rulings(image)
    if page is None or not len(reading.lines):
        return None
    from .drawings import page_rulings

    return page_rulings(page)
