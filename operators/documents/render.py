"""Renders pages of `pymupdf` documents as images."""

from typing import Any
from weakref import WeakKeyDictionary

import numpy as np
import pymupdf
from numpy.typing import NDArray
from pymupdf import mupdf

from ...schemas.errors import DocumentError, ErrorCode
from .page_box import load_page

# Resolution for the detection of ink, at which a full stop of 8 pt type is one pixel.
INK_DPI = 72.0
INK_PIXELS = 2_000_000
_MAX_SIDE = 30_000
# Points: a page whose longer side is below the first has another unit, such as inches, and is drawn as if that side had
# the second.
_TINY, _USUAL = 72.0, 792.0


# What MuPDF has interpreted of the pages that are loaded: a page is looked at before it is drawn for OCR.
_DRAWINGS: WeakKeyDictionary[Any, Any] = WeakKeyDictionary()


def drawing(page: Any) -> Any:
    """The display list of a `pymupdf.Page`, which is kept as long as the page is."""
    made = _DRAWINGS.get(page)
    if made is None:
        made = _DRAWINGS[page] = page.get_displaylist()
    return made


def check_size(page_number: int, width: float, height: float) -> None:
    """Raises DocumentError where a page has no size at which it can be rendered."""
    if not (0 < width < 1e7 and 0 < height < 1e7):
        raise DocumentError(ErrorCode.UNREADABLE, f"page {page_number} has no usable size: {width} × {height} pt")


def enlargement(width: float, height: float) -> float:
    """How many times larger than in points a page is looked at; 1 but for pages too small to be sheets of paper."""
    longest = max(width, height)
    return _USUAL / longest if longest < _TINY else 1.0


def page_image(document: Any, page_number: int, dpi: float, max_pixels: int) -> tuple[NDArray[np.uint8], float]:
    """Page `page_number` (from 1) as displayed, (H, W, 3) RGB, and its dpi."""
    page = load_page(document, page_number)
    return render(page, float(page.rect.width), float(page.rect.height), dpi, max_pixels)


def render(page: Any, width: float, height: float, dpi: float, max_pixels: int) -> tuple[NDArray[np.uint8], float]:
    """The page as displayed, (H, W, 3) RGB on white, and its dpi, which is reduced to stay within `max_pixels`."""
    scale = _scale(width, height, dpi, max_pixels)
    pixmap = drawing(page).get_pixmap(matrix=pymupdf.Matrix(scale, scale), colorspace=pymupdf.csRGB, alpha=False)
    image = np.frombuffer(pixmap.samples_mv, np.uint8).reshape(pixmap.height, pixmap.stride)
    return image[:, : pixmap.width * 3].reshape(pixmap.height, pixmap.width, 3).copy(), scale * 72


def render_page(document: Any, page_number: int, long_side: int) -> NDArray[np.uint8]:
    """Page `page_number` (from 1) of a `pymupdf.Document` as displayed, (H, W, 3) RGB.

    Its longer side has `long_side` pixels or one less.
    """
    page = load_page(document, page_number)
    width, height = float(page.rect.width), float(page.rect.height)
    check_size(page_number, width, height)
    dpi = 72 * (long_side - 1) / max(width, height)
    return render(page, width, height, dpi, long_side * long_side)[0]


def grey(page: Any, width: float, height: float) -> NDArray[np.uint8]:
    scale = _scale(width, height, INK_DPI, INK_PIXELS)
    pixmap = drawing(page).get_pixmap(matrix=pymupdf.Matrix(scale, scale), colorspace=pymupdf.csGRAY, alpha=False)
    image = np.frombuffer(pixmap.samples_mv, np.uint8).reshape(pixmap.height, pixmap.stride)
    return image[:, : pixmap.width].copy()


def _scale(width: float, height: float, dpi: float, max_pixels: int) -> float:
    scale = dpi / 72 * enlargement(width, height)
    # The sides of a pixmap are rounded up to whole pixels.
    if (width * scale + 1) * (height * scale + 1) > max_pixels:
        scale = min(scale, (max_pixels / (width * height)) ** 0.5 * 0.999)
        while scale > 1e-6 and (width * scale + 1) * (height * scale + 1) > max_pixels:
            scale *= 0.98
    return min(scale, _MAX_SIDE / max(width, height))


def grey_with_and_without_text(
    page: Any, width: float, height: float, area: tuple[float, float, float, float]
) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """A part of the page as displayed, (h, w) grey at 72 dpi, once with its text and once without.

    Args:
        area: x0, y0, x1, y1 of the part, in shares of the page.
    """
    scale = _scale(width, height, INK_DPI, INK_PIXELS)
    drawn = drawing(page)
    x0, y0, x1, y1 = (side * length * scale for side, length in zip(area, (width, height) * 2, strict=True))
    box = mupdf.fz_round_rect(mupdf.fz_make_rect(x0, y0, x1, y1))
    return _drawn(drawn, scale, box, text=True), _drawn(drawn, scale, box, text=False)


def _drawn(drawn: Any, scale: float, box: Any, *, text: bool) -> NDArray[np.uint8]:
    pixmap = mupdf.FzPixmap(mupdf.FzColorspace(mupdf.FzColorspace.Fixed_GRAY), box, mupdf.FzSeparations(), 0)
    mupdf.fz_clear_pixmap_with_value(pixmap, 255)
    device = mupdf.fz_new_draw_device(mupdf.FzMatrix(), pixmap)
    if not text:
        # A device without these functions draws everything but text.
        device.m_internal.fill_text = None
        device.m_internal.stroke_text = None
    # What is drawn is cut to the box after it was scaled.
    matrix, cut = mupdf.fz_scale(scale, scale), mupdf.fz_rect_from_irect(box)
    mupdf.fz_run_display_list(drawn.this, device, matrix, cut, mupdf.FzCookie())
    mupdf.fz_close_device(device)
    made = pymupdf.Pixmap("raw", pixmap)
    image = np.frombuffer(made.samples_mv, np.uint8).reshape(made.height, made.stride)
    return image[:, : made.width].copy()
