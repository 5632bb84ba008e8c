"""Detects ink on the image of a page: pixels that differ from the background around them."""

import numpy as np
from numpy.typing import NDArray

from ...schemas.geometry import Array, covered

Gray = NDArray[np.uint8]
Mask = NDArray[np.bool_]

# Longest side in pixels of the image in which ink is detected; a higher resolution does not improve the result.
MAX_SIDE = 1024
# Grey levels by which ink differs from its background; JPEG noise and paper grain differ by less.
CONTRAST = 40
# Grey levels by which faint ink differs, and how many times more than the grain of the paper; the share of a page that
# is so at least where it is print and no grain.
_FAINT, _GRAINS, _FAINT_SHARE = 10, 6.0, 2e-4
_TILES = 24
_PLAIN_CHANGES = 8
# Changes of the grey level along a row through a word, and the number of rows that have as many.
_STROKES, _STROKE_ROWS = 8, 4
# Grey level of paper on a scan, at least.
_PAPER = 200


def reduced(image: NDArray[np.uint8], channel: int = 1) -> Gray:
    """An (H, W) grey image of at most about MAX_SIDE pixels a side, from grey or RGB, reduced by averaging.

    Args:
        channel: of an RGB image, the one that is taken for its grey level.
    """
    height, width = image.shape[:2]
    factor = max(1, -(-max(height, width) // MAX_SIDE))
    if image.ndim == 3:
        image = image[..., channel]
    high, wide = height // factor * factor, width // factor * factor
    if factor == 1 or not high or not wide:
        return np.ascontiguousarray(image)
    total = np.zeros((high // factor, wide // factor), np.uint32)
    for y in range(factor):
        for x in range(factor):
            total += image[y:high:factor, x:wide:factor]
    mean: Gray = (total // (factor * factor)).astype(np.uint8)
    return mean


def ink_mask(gray: Gray) -> Mask:
    """Pixels that differ from the median of their part of the image by CONTRAST or more.

    The image is split into about 24 × 24 tiles. The median of a tile is its background, which is correct for uneven
    light, coloured panels and white text on a dark background. A tile of a single colour has no ink.
    """
    height, width = gray.shape
    step_y, step_x = max(8, -(-height // _TILES)), max(8, -(-width // _TILES))
    rows, columns = -(-height // step_y), -(-width // step_x)
    padded = np.pad(gray, ((0, rows * step_y - height), (0, columns * step_x - width)), mode="edge")
    tiles = padded.reshape(rows, step_y, columns, step_x).transpose(0, 2, 1, 3).reshape(rows, columns, -1)
    middle = tiles.shape[2] // 2
    background = np.partition(tiles, middle, axis=2)[:, :, middle].astype(np.int16)
    spread = np.repeat(np.repeat(background, step_y, axis=0), step_x, axis=1)[:height, :width]
    mask: Mask = np.abs(gray.astype(np.int16) - spread) >= CONTRAST
    return mask


def image_ink(image: NDArray[np.uint8]) -> Mask:
    """The ink of an image (H, W, 3). Where green shows none, red and blue are looked at: red on blue has no green.

    Where none of them does, faint ink counts, which `with_contrast` brings out.
    """
    mask = ink_mask(reduced(image))
    if is_blank(mask):
        mask = mask | ink_mask(reduced(image, 0)) | ink_mask(reduced(image, 2))
    if is_blank(mask):
        faint = faint_ink(reduced(image)) | faint_ink(reduced(image, 0)) | faint_ink(reduced(image, 2))
        mask = faint if np.count_nonzero(faint) >= _FAINT_SHARE * faint.size else mask
    return mask


def faint_ink(gray: Gray) -> Mask:
    """Pixels that differ by less than CONTRAST from the median of the image, but by more than its grain does."""
    away = np.abs(gray.astype(np.int16) - int(np.median(gray)))
    # Half of the pixels differ by less than 0.67 standard deviations.
    grain = float(np.quantile(away, 0.5)) / 0.67
    mask: Mask = away >= max(_FAINT, _GRAINS * grain)
    return mask


def with_contrast(image: NDArray[np.uint8]) -> NDArray[np.uint8] | None:
    """The print of an image (H, W, 3) in black on white, where it is faint or as light as its ground; else None."""
    # The parent process uses this module without Pillow.
    from PIL import Image

    # Pillow weighs red, green and blue as ITU-R BT.601 does.
    light = np.asarray(Image.fromarray(image).convert("L"))
    if not is_blank(ink_mask(reduced(light))):
        return None
    channels = [reduced(image, channel) for channel in range(3)]
    ground = [int(np.median(channel)) for channel in channels]
    away = [np.abs(one.astype(np.int16) - level) for one, level in zip(channels, ground, strict=True)]
    ranges = [float(np.quantile(one, 1 - _FAINT_SHARE)) for one in away]
    best = int(np.argmax(ranges))
    if ranges[best] < _FAINT:
        return None
    differs = np.abs(image[..., best].astype(np.float32) - ground[best])
    grey = (255 - (differs * (255 / ranges[best])).clip(0, 255)).astype(np.uint8)
    return np.ascontiguousarray(np.broadcast_to(grey[..., None], image.shape))


def is_blank(mask: Mask) -> bool:
    """Whether a page has no ink: fewer than four pixels, or fewer than one in 100,000."""
    return bool(np.count_nonzero(mask) < max(4, mask.size * 1e-5))


def is_plain(image: NDArray[np.uint8]) -> bool:
    """Whether an image (H, W, 3) shows even surfaces alone, as a page does whose picture could not be decoded.

    Its level changes at most eight times along each row; a row through a few letters has more changes.
    """
    levels = image[..., 1].astype(np.int16)
    changes = np.count_nonzero(np.abs(np.diff(levels, axis=1)) >= CONTRAST, axis=1)
    return bool(changes.max(initial=0) <= _PLAIN_CHANGES)


def share(mask: Mask) -> float:
    """The share of the page that is ink."""
    return float(np.count_nonzero(mask) / mask.size) if mask.size else 0.0


def unexplained(mask: Mask, boxes: Array) -> float:
    """The share of the ink that lies outside all boxes (shares of the page); 0 where there is no ink."""
    total = np.count_nonzero(mask)
    if not total:
        return 0.0
    return float(np.count_nonzero(mask & ~covered(boxes, *mask.shape)) / total)


def on_ink(mask: Mask, boxes: Array) -> Mask:
    """(n,) for each box (shares of the page) whether it has ink: at least 1% of its pixels, and at least one."""
    inside, area = _counts(mask, boxes)
    return np.asarray(inside >= np.maximum(1, 0.01 * area))


def share_in(mask: Mask, boxes: Array) -> NDArray[np.float64]:
    """(n,) the share of each box (shares of the page) that is ink."""
    inside, area = _counts(mask, boxes)
    return np.asarray(inside / np.maximum(1, area), np.float64)


def is_print_on_paper(gray: Gray, mask: Mask, area: Mask) -> bool:
    """Whether an area shows print on blank paper: nearly all of it is light, and little of it is ink in fine strokes.

    Of 19 pages with pictures of charts, maps and photographs none has more than 90% light pixels; scanned letters have
    97%, of which 4% are ink.
    """
    size = max(1, int(np.count_nonzero(area)))
    ink = mask & area
    share = np.count_nonzero(ink) / size
    strokes = np.count_nonzero(ink[:, 1:] & ~ink[:, :-1])
    light = np.count_nonzero((gray >= _PAPER) & area) / size
    return bool(light >= 0.93 and 0.005 <= share <= 0.1 and strokes >= 200)


def shows_print(gray: Gray, words: Mask, box: Array) -> bool:
    """Whether a part of a page has something like a word of six characters or more that is not one of its words.

    Through the strokes of a word the level of grey changes often in each of several rows, or columns where it runs up
    or down. Of 68 images on the pages of public PDFs OCR reads words of six characters or more in 15, and all but one
    of little contrast are told by this; so are 6 without words.

    Args:
        gray: the page at about 72 dpi.
        words: where its words are.
        box: (4,) of the part, in shares.
    """
    height, width = gray.shape
    x0, y0, x1, y1 = (box * np.array([width, height, width, height])).round().astype(int).tolist()
    part, known = gray[y0:y1, x0:x1].astype(np.int16), words[y0:y1, x0:x1]
    return _has_strokes(part, known) or _has_strokes(part.T, known.T)


def _has_strokes(part: NDArray[np.int16], known: Mask) -> bool:
    if part.shape[0] < _STROKE_ROWS or part.shape[1] < 4:
        return False
    changes = (np.abs(part[:, 2:] - part[:, :-2]) >= CONTRAST) & ~known[:, 2:] & ~known[:, :-2]
    count = np.count_nonzero(changes[:, 1:] & ~changes[:, :-1], axis=1)
    return bool(np.lib.stride_tricks.sliding_window_view(count, _STROKE_ROWS).min(axis=1).max() >= _STROKES)


def _counts(mask: Mask, boxes: Array) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
    """The pixels of ink in each box, and all of its pixels."""
    height, width = mask.shape
    # Masks have a few million pixels at most.
    sums = np.zeros((height + 1, width + 1), np.int32)
    mask.cumsum(axis=0, dtype=np.int32).cumsum(axis=1, out=sums[1:, 1:])
    scaled = np.clip(boxes * np.array([width, height, width, height]), 0, [width, height, width, height])
    x0, y0 = np.floor(scaled[:, 0]).astype(np.intp), np.floor(scaled[:, 1]).astype(np.intp)
    x1, y1 = np.ceil(scaled[:, 2]).astype(np.intp), np.ceil(scaled[:, 3]).astype(np.intp)
    return sums[y1, x1] - sums[y0, x1] - sums[y1, x0] + sums[y0, x0], (x1 - x0) * (y1 - y0)
