"""What scanning, copying and handling do to a page, and where its boxes are afterwards."""

from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray

from .labels import Box, LabelledQuestion, Line, SyntheticPage, Word

_PAPER = 250


def damage(page: SyntheticPage, rng: np.random.Generator, strength: float) -> SyntheticPage:
    """`page` after a scan of a `strength` from 0 (as printed) to 1; its boxes and centres move with the image."""
    if rng.random() < 0.6 * strength:
        page = _skewed(page, rng.normal(0, 0.8 * strength))
    image = page.image.astype(np.float32)
    for effect, probability in _EFFECTS:
        if rng.random() < probability * strength:
            image = effect(image, rng, strength)
    pixels = np.clip(image, 0, 255).astype(np.uint8)
    if rng.random() < 0.6 * strength:
        pixels = _jpeg(pixels, int(rng.integers(int(90 - 55 * strength), 95)))
    return replace(page, image=pixels)


def _skewed(page: SyntheticPage, degrees: float) -> SyntheticPage:
    centre = (page.width / 2, page.height / 2)
    matrix = cv2.getRotationMatrix2D(centre, degrees, 1.0)
    border = (_PAPER,) * 3 if page.image.ndim == 3 else _PAPER
    turned = cv2.warpAffine(
        page.image, matrix, (page.width, page.height), flags=cv2.INTER_LINEAR, borderValue=border
    ).astype(np.uint8)

    def box(old: Box) -> Box:
        x0, y0, x1, y1 = old
        corners = np.array([(x0, y0), (x1, y0), (x1, y1), (x0, y1)]) @ matrix[:, :2].T + matrix[:, 2]
        (left, top), (right, bottom) = corners.min(0).tolist(), corners.max(0).tolist()
        return (left, top, right, bottom)

    def line(old: Line) -> Line:
        centres = (old.centres @ matrix[:, :2].T + matrix[:, 2]).astype(np.float32)
        return Line(old.text, box(old.box), tuple(Word(word.text, box(word.box)) for word in old.words), centres)

    def question(old: LabelledQuestion) -> LabelledQuestion:
        return replace(old, boxes=tuple(map(box, old.boxes)))

    chart = page.chart
    if chart is not None:
        chart = replace(chart, box=box(chart.box), row_boxes=tuple(map(box, chart.row_boxes)))
    return replace(
        page,
        image=turned,
        lines=tuple(map(line, page.lines)),
        questions=tuple(map(question, page.questions)),
        chart=chart,
    )


Image32 = NDArray[np.float32]


def _blurred(image: Image32, rng: np.random.Generator, strength: float) -> Image32:
    sigma = float(rng.uniform(0.3, 0.4 + 0.7 * strength))
    return np.asarray(cv2.GaussianBlur(image, (0, 0), sigma), np.float32)


def _coarse(image: Image32, rng: np.random.Generator, strength: float) -> Image32:
    """As scanned at a lower resolution."""
    height, width = image.shape[:2]
    scale = float(rng.uniform(0.95 - 0.35 * strength, 0.95))
    small = cv2.resize(image, (max(8, int(width * scale)), max(8, int(height * scale))), interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.resize(small, (width, height), interpolation=cv2.INTER_LINEAR), np.float32)


def _noisy(image: Image32, rng: np.random.Generator, strength: float) -> Image32:
    noise = rng.standard_normal(image.shape[:2], np.float32) * np.float32(rng.uniform(2, 4 + 14 * strength))
    return image + (noise[..., None] if image.ndim == 3 else noise)


def _faint(image: Image32, rng: np.random.Generator, strength: float) -> Image32:
    """Pale ink on grey paper."""
    black, white = rng.uniform(0, 90 * strength), rng.uniform(255 - 60 * strength, 255)
    return (black + image * ((white - black) / 255)).astype(np.float32)


def _worn(image: Image32, rng: np.random.Generator, strength: float) -> Image32:
    """Ink that is missing in spots, as thermal printers leave it."""
    height, width = image.shape[:2]
    spots = rng.standard_normal((max(2, height // 3), max(2, width // 3)), np.float32)
    mask = cv2.resize(spots, (width, height), interpolation=cv2.INTER_LINEAR) > 2.2 - 0.5 * strength
    worn = image.copy()
    worn[mask] = 255 - (255 - worn[mask]) * 0.35
    return worn


def _shaded(image: Image32, rng: np.random.Generator, strength: float) -> Image32:
    """Uneven light: a slope over the page and large soft clouds."""
    height, width = image.shape[:2]
    clouds = cv2.resize(rng.uniform(-1, 1, (4, 3)).astype(np.float32), (width, height), interpolation=cv2.INTER_CUBIC)
    shade = 1 - np.float32(0.13 * strength) * (clouds + 1)
    shaded: Image32 = image * (shade[..., None] if image.ndim == 3 else shade)
    return shaded


def _folded(image: Image32, rng: np.random.Generator, strength: float) -> Image32:
    """The shadow of a fold, across or along the page."""
    across = bool(rng.random() < 0.6)
    length = image.shape[0 if across else 1]
    at, width = rng.uniform(0.15, 0.85) * length, rng.uniform(2, 14)
    distance = (np.arange(length) - at) / width
    depth = rng.uniform(0.1, 0.15 + 0.3 * strength)
    shade = (1 - depth * np.exp(-(distance**2)) + 0.4 * depth * np.exp(-((distance - 1.5) ** 2))).astype(np.float32)
    shape = [1] * image.ndim
    shape[0 if across else 1] = length
    shaded: Image32 = image * shade.reshape(shape)
    return shaded


def _stained(image: Image32, rng: np.random.Generator, strength: float) -> Image32:
    """One to three translucent spots."""
    height, width = image.shape[:2]
    shade = np.ones((height, width), np.float32)
    for _ in range(int(rng.integers(1, 4))):
        centre = (int(rng.integers(width)), int(rng.integers(height)))
        axes = (int(rng.integers(8, max(9, width // 5))), int(rng.integers(8, max(9, width // 5))))
        value = float(rng.uniform(0.95 - 0.3 * strength, 0.95))
        cv2.ellipse(shade, centre, axes, float(rng.uniform(0, 180)), 0, 360, value, -1)
    soft = cv2.blur(shade, (7, 7))
    shaded: Image32 = image * (soft[..., None] if image.ndim == 3 else soft)
    return shaded


def _speckled(image: Image32, rng: np.random.Generator, strength: float) -> Image32:
    """Dust: dark points, and a few light ones."""
    height, width = image.shape[:2]
    count = int(rng.integers(10, 20 + int(400 * strength)))
    speckled = image.copy()
    speckled[rng.integers(height, size=count), rng.integers(width, size=count)] = rng.choice((20.0, 90.0, 255.0))
    return speckled


_EFFECTS = (
    (_worn, 0.15),
    (_faint, 0.5),
    (_stained, 0.15),
    (_folded, 0.25),
    (_shaded, 0.5),
    (_coarse, 0.3),
    (_blurred, 0.5),
    (_noisy, 0.5),
    (_speckled, 0.2),
)


def _jpeg(pixels: NDArray[np.uint8], quality: int) -> NDArray[np.uint8]:
    # OpenCV counts colours from blue; the order does not matter to a round trip but for the chroma's weights.
    turned = pixels[..., ::-1] if pixels.ndim == 3 else pixels
    _, data = cv2.imencode(".jpg", turned, [cv2.IMWRITE_JPEG_QUALITY, quality])
    decoded = np.asarray(cv2.imdecode(data, cv2.IMREAD_UNCHANGED), np.uint8)
    return np.ascontiguousarray(decoded[..., ::-1]) if pixels.ndim == 3 else decoded
