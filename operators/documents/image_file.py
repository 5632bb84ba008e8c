"""Decodes image files into upright RGB images, within the limits of memory and pixels."""

import resource
import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFile, ImageOps, UnidentifiedImageError

from ...schemas.errors import DocumentError, ErrorCode
from ...schemas.page import PageWarning
from .damage.jpeg_scan import is_damaged_file
from .damage.png_chunks import damaged_chunks
from .damage.tiff_strips import damaged_strips
from .input_types import GIF, JPEG, PNG, TIFF, WEBP
from .media_type import DocumentInfo

# docpipe checks the size itself instead of Pillow; a truncated file is an error and is not filled up with grey.
Image.MAX_IMAGE_PIXELS = None
ImageFile.LOAD_TRUNCATED_IMAGES = False

# EXIF orientation → clockwise rotation for display, in degrees.
_ROTATION = {1: 0, 2: 0, 3: 180, 4: 180, 5: 90, 6: 90, 7: 270, 8: 270}
_EXIF_ORIENTATION = 0x0112
# A density in a file's metadata is used within these bounds; 72 and 96 dpi are defaults without meaning.
_DPI_MIN, _DPI_MAX = 100.0, 1200.0
# Address space of the interpreter with its libraries, and the limit that is assumed where the process has none.
_BASE_BYTES, _ASSUMED_BYTES = 700 << 20, 2048 << 20
# Bytes for each pixel while an image of a mode is decoded and converted to a mode that can be reduced.
_MODE_BYTES = {"1": 2, "L": 1, "P": 5, "PA": 8, "LA": 8, "RGBA": 8, "I;16": 3, "I": 13, "F": 13}
# Of transparent images: pixels that are looked at; the alpha from which a pixel is drawn; the share of drawn pixels
# below which the rest is paper; the difference of grey levels that is seen; the share of a drawing that may be hidden.
_SAMPLE, _DRAWN, _SPARSE, _UNLIKE, _MUCH = 1_000_000, 96, 0.5, 48, 0.05
# Strokes along a row of a word, and the rows that have as many.
_STROKES, _STROKE_ROWS = 6, 4
_MAX_FRAMES = 100_000
_WITH_FRAMES = (TIFF, GIF, PNG, WEBP)
# Bits of a grey value that are stored in 16.
_DEPTHS = (10, 12, 14)


@dataclass(frozen=True)
class DecodedImage:
    """An image as displayed.

    Attributes:
        image: (height, width, 3) uint8 RGB.
        width, height: size of the file's image as displayed, in its own pixels; `image` may be smaller.
        rotation: the file's clockwise rotation in degrees, which is applied to `image`.
        dpi: resolution of `image`; None where the file has no plausible density.
        damaged: number of parts of the file that do not hold all of their pixels.
    """

    image: NDArray[np.uint8]
    width: int
    height: int
    rotation: int
    dpi: float | None
    damaged: int = 0


class ImageDocument:
    """An open image file; the frames of a TIFF are its pages, of other formats only the first frame is used."""

    def __init__(self, path: str, media_type: str) -> None:
        self.media_type = media_type
        self._path = path
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            self._file: Any = _open(path)
        try:
            frames = int(getattr(self._file, "n_frames", 1)) if media_type in _WITH_FRAMES else 1
        except (EOFError, OSError, SyntaxError, ValueError, TypeError, KeyError) as error:
            raise DocumentError(ErrorCode.UNREADABLE, f"the image's frames cannot be listed: {error}") from error
        self.page_count = min(frames, _MAX_FRAMES) if media_type == TIFF else 1
        self._unread = frames - 1 if media_type != TIFF else 0

    @property
    def info(self) -> DocumentInfo:
        unread = (PageWarning.FRAMES_UNREAD.of(self._unread),) if self._unread else ()
        return DocumentInfo(self.media_type, self.page_count, warnings=unread)

    def close(self) -> None:
        self._file.close()

    def read(self, page_number: int, max_pixels: int) -> DecodedImage:
        """A page's image, reduced by an integer factor where it has more than `max_pixels` pixels.

        Raises:
            DocumentError: `unreadable` for a damaged or truncated file, `too_large` where decoding would need
                more memory than the process may allocate.
        """
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                return self._read(page_number, max_pixels)
        except (OSError, EOFError, SyntaxError, ValueError, IndexError, KeyError, TypeError) as error:
            raise DocumentError(ErrorCode.UNREADABLE, f"the image cannot be decoded: {error}") from error

    def _read(self, page_number: int, max_pixels: int) -> DecodedImage:
        if self.media_type != TIFF:
            # Decoding changes a Pillow image irreversibly (draft, load), so each read opens a new one.
            self._file.close()
            self._file = _open(self._path)
        else:
            self._file.seek(page_number - 1)
        file = self._file
        width, height = file.size
        orientation = _orientation(file)
        density = _density(file)
        if width * height > max_pixels and self.media_type == JPEG:
            file.draft("RGB", _draft_size(width, height, max_pixels))
        _check_memory(file)
        # libtiff goes on without a word, and Pillow closes the file when it has decoded it.
        damaged = damaged_strips(file) if self.media_type == TIFF else 0
        damaged += damaged_chunks(self._path) if self.media_type == PNG else 0
        damaged += is_damaged_file(self._path) if self.media_type == JPEG else 0
        upright = ImageOps.exif_transpose(_to_rgb(file, max_pixels))
        image = np.array(upright, np.uint8)
        # Pillow rotates TIFF frames itself, and its size is that of the rotated frame.
        turned = orientation >= 5 and self.media_type != TIFF
        seen = (height, width) if turned else (width, height)
        dpi = None if density is None else density * image.shape[1] / seen[0]
        return DecodedImage(image, seen[0], seen[1], _ROTATION.get(orientation, 0), dpi, damaged)


def fitted(image: NDArray[np.uint8], long_side: int) -> NDArray[np.uint8]:
    """An (H, W, 3) image, reduced where a side is longer than `long_side` pixels so that none is."""
    height, width = image.shape[:2]
    scale = long_side / max(height, width)
    if scale >= 1:
        return image
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    return np.array(Image.fromarray(image).resize(size, Image.Resampling.LANCZOS, reducing_gap=2.0), np.uint8)


def _open(path: str) -> Any:
    try:
        return Image.open(path)
    except UnidentifiedImageError:
        raise DocumentError(ErrorCode.UNREADABLE, "the image's header is damaged") from None
    except (OSError, SyntaxError, ValueError, TypeError, EOFError) as error:
        raise DocumentError(ErrorCode.UNREADABLE, f"the image cannot be opened: {error}") from error


def _orientation(file: Any) -> int:
    try:
        value = file.getexif().get(_EXIF_ORIENTATION, 1)
        return int(value) if int(value) in _ROTATION else 1
    except Exception:
        return 1


def _density(file: Any) -> float | None:
    try:
        x, y = (float(value) for value in file.info.get("dpi", (0, 0))[:2])
    except (TypeError, ValueError, ZeroDivisionError):
        return None
    return x if _DPI_MIN <= x <= _DPI_MAX and abs(x - y) <= 0.01 * x else None


def _draft_size(width: int, height: int, max_pixels: int) -> tuple[int, int]:
    shrink = (max_pixels / (width * height)) ** 0.5
    # draft() picks the smallest of the scales 1, 1/2, 1/4, 1/8 that is not below the requested size.
    return max(1, int(width * shrink)), max(1, int(height * shrink))


def _check_memory(file: Any) -> None:
    limit = resource.getrlimit(resource.RLIMIT_AS)[0]
    allowed = limit if limit != resource.RLIM_INFINITY else _ASSUMED_BYTES
    room = allowed - _BASE_BYTES
    width, height = file.size
    needed = width * height * _MODE_BYTES.get(file.mode, 4)
    if needed > room:
        raise DocumentError(
            ErrorCode.TOO_LARGE,
            f"an image of {width} × {height} pixels needs {max(1, needed >> 20)} MiB to decode; limits.page_memory_mb "
            f"leaves {max(0, room) >> 20} MiB of {allowed >> 20}, since the parser itself uses {_BASE_BYTES >> 20}",
        )


def _to_rgb(file: Any, max_pixels: int) -> Any:
    file.load()
    image = file
    exif = file.getexif() if _orientation(file) != 1 else None
    if image.mode in ("1",):
        image = image.convert("L")
    factor = 1
    while (image.width // factor) * (image.height // factor) > max_pixels:
        factor += 1
    if image.mode.startswith(("I", "F")):
        image = _to_eight_bits(image)
    if image.mode in ("P", "PA", "LA", "La", "RGBa") or "transparency" in image.info:
        image = image.convert("RGBA")
    if image.mode == "RGBA":
        paper = Image.new("RGB", image.size, (_paper(image),) * 3)
        paper.paste(image, mask=image.getchannel("A"))
        image = paper
    if factor > 1:
        image = image.reduce(factor)
    if image.mode != "RGB":
        image = image.convert("RGB")
    if exif is not None:
        image.getexif()[_EXIF_ORIENTATION] = exif[_EXIF_ORIENTATION]
    return image


def _paper(image: Any) -> int:
    """The grey level below an RGBA image: white, unless much of a sparse drawing could not be seen on white.

    White text on nothing is drawn for a dark page, also beside a panel of another colour; with dark parts beside it,
    only grey shows both.
    """
    step = max(1, round((image.width * image.height / _SAMPLE) ** 0.5))
    sample = image.resize((max(1, image.width // step), max(1, image.height // step)), Image.Resampling.NEAREST)
    drawn = sample.getchannel("A").point([0] * _DRAWN + [255] * (256 - _DRAWN))
    grey = sample.convert("RGB").convert("L")
    levels = np.array(grey.histogram(drawn), np.float64)
    total = levels.sum()
    if not total:
        return 255
    written = _has_light_strokes(np.asarray(drawn), np.asarray(grey))
    if total >= _SPARSE * sample.width * sample.height and not written:
        return 255
    hidden = {paper: levels[max(0, paper - _UNLIKE) : paper + _UNLIKE + 1].sum() / total for paper in (255, 0, 128)}
    if written:
        return min((0, 128), key=lambda paper: hidden[paper])
    return 255 if hidden[255] < _MUCH else min((0, 128, 255), key=lambda paper: hidden[paper])


def _has_light_strokes(drawn: NDArray[np.uint8], grey: NDArray[np.uint8]) -> bool:
    """Whether rows of a drawing go again and again from nothing to something as light as paper, as through a word."""
    light = (drawn > 0) & (grey >= 255 - _UNLIKE)
    starts = np.count_nonzero(light[:, 1:] & (drawn[:, :-1] == 0), axis=1)
    return int(np.count_nonzero(starts >= _STROKES)) >= _STROKE_ROWS


def _to_eight_bits(image: Any) -> Any:
    """An 8-bit grey image: of 16-bit files the upper byte, others scaled from their smallest to largest value.

    Cameras and scanners store 10, 12 or 14 bits in 16; the fewest of them that hold all values count.
    """
    values = np.asarray(image)
    if image.mode.startswith("I;16"):
        highest = int(values.max(initial=0))
        bits = next((bits for bits in _DEPTHS if highest >> bits == 0), 16)
        return Image.fromarray((values >> (bits - 8)).astype(np.uint8))
    finite = values[np.isfinite(values)] if values.dtype.kind == "f" else values
    low, high = (float(finite.min()), float(finite.max())) if finite.size else (0.0, 1.0)
    if image.mode == "I" and low >= 0 and high > 255:
        low, high = 0.0, 65535.0 if high <= 65535 else high
    scale = 255.0 / (high - low) if high > low else 0.0
    return Image.fromarray(np.nan_to_num((values - low) * scale).clip(0, 255).astype(np.uint8))
