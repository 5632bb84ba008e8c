"""What a page costs a device at least: operations and bytes from the model's configuration, against the device's peaks.

A roofline (Williams, Waterman and Patterson, 2009): a part of the work takes as long as its operations at the highest
rate of matrix products, or as its bytes at the memory's bandwidth, whichever is longer. It is a ceiling: kernels,
scheduling, communication between GPUs and idle time come on top.
"""

from dataclasses import dataclass
from math import prod

from .check import cache_bytes
from .checkpoint.config import CheckpointConfig
from .checkpoint.tensors import published_tensors


@dataclass(frozen=True)
class Peaks:
    """What a device does at best.

    Attributes:
        flops: operations a second in a matrix product, in bfloat16 or float16 without sparsity.
        bytes: bytes a second from its memory.
        memory: bytes of its memory.
    """

    flops: float
    bytes: float
    memory: float = float("inf")


DATA_SHEETS: tuple[tuple[tuple[str, ...], Peaks], ...] = (
    (("H200",), Peaks(989e12, 4.8e12, 141e9)),
    (("H100", "PCIe"), Peaks(756e12, 2.0e12, 80e9)),
    (("H100", "80GB"), Peaks(989e12, 3.35e12, 80e9)),
    (("A100", "80GB"), Peaks(312e12, 2.0e12, 80e9)),
    (("A100", "40GB"), Peaks(312e12, 1.555e12, 40e9)),
    (("L40S",), Peaks(362e12, 0.864e12, 48e9)),
    (("A10",), Peaks(125e12, 0.6e12, 24e9)),
    (("L4",), Peaks(121e12, 0.3e12, 24e9)),
    (("T4",), Peaks(65e12, 0.32e12, 16e9)),
)
"""Peaks from NVIDIA's data sheets, by the words in the name that `nvidia-smi` gives a GPU; the first match holds."""

H100 = Peaks(989e12, 3.35e12, 80e9)
"""NVIDIA H100 SXM5 80 GB."""

MOST_TOGETHER = 256
"""Answers that are decoded in one step at most, as `serving.limits` has it for a GPU."""

# Share of the memory that weights and caches may use; the rest is for activations and the runtime.
_USABLE = 0.9


@dataclass(frozen=True)
class Ceiling:
    """The least seconds that a page takes, by part, where the device does nothing else.

    Attributes:
        together: answers decoded in one step; 0 where weights and the cache of one page do not fit the memory.
    """

    vision: float
    prefill: float
    decode: float
    together: int

    @property
    def pages_per_second(self) -> float:
        """0 where the model does not fit."""
        return 1 / (self.vision + self.prefill + self.decode) if self.together else 0.0


def peaks_of(name: str) -> Peaks | None:
    """The peaks of a GPU by the name that `nvidia-smi` gives it; None for one that is not known here."""
    words = name.replace("-", " ").split()
    return next((peaks for wanted, peaks in DATA_SHEETS if set(wanted) <= set(words)), None)


def ceiling(
    config: CheckpointConfig,
    device: Peaks,
    *,
    tiles: float,
    text_tokens: int,
    new_tokens: float,
    gpus: int = 1,
    bytes_per_value: int = 2,
) -> Ceiling:
    """The ceiling for pages of one image and one question.

    Args:
        tiles: of the image, with its thumbnail.
        text_tokens: of template and question.
        new_tokens: of the answer.
        gpus: GPUs that share each layer (tensor parallel), whose peaks and memories add up.
    """
    flops, bandwidth = device.flops * gpus, device.bytes * gpus
    prompt = round(tiles * config.tokens_per_tile) + text_tokens
    weights = sum(map(prod, published_tensors(config).values())) * bytes_per_value
    room = device.memory * gpus * _USABLE - weights
    longest = cache_bytes(config, prompt + round(new_tokens), bytes_per_value)
    together = int(min(MOST_TOGETHER, max(0.0, room // longest)))
    step_bytes = decode_bytes(config, bytes_per_value, max(1, together), prompt + round(new_tokens / 2))
    step_flops = max(1, together) * decode_flops(config, prompt + round(new_tokens / 2))
    step = max(step_bytes / bandwidth, step_flops / flops)
    return Ceiling(
        vision=tiles * vision_flops(config) / flops,
        prefill=prefill_flops(config, prompt) / flops,
        decode=new_tokens * step / max(1, together),
        together=together,
    )


def vision_flops(config: CheckpointConfig) -> float:
    """Operations for one tile through tower and projector; a multiply and an add are two.

    Per layer of width d with n tokens and an inner width m: 8nd² for queries, keys, values and output, 4ndm for the two
    products of the MLP, 4n²d for attention; the projector has its two products for each token.
    """
    vision, text = config.vision, config.text
    n, d, m = vision.patches + 1, vision.hidden_size, vision.intermediate_size
    layer = 8 * n * d * d + 4 * n * d * m + 4 * n * n * d
    patches = 2 * vision.patches * 3 * vision.patch_size**2 * d
    wide, out = d * config.downsample**2, text.hidden_size
    projector = 2 * config.tokens_per_tile * (wide * out + out * out)
    return float(vision.layers_used * layer + patches + projector)


def prefill_flops(config: CheckpointConfig, tokens: int) -> float:
    """Operations for a prompt: twice the weights that each token passes, and causal attention.

    The output layer, whose size is that of the embeddings, computes the last token only.
    """
    text = config.text
    attention = 2 * text.layers * text.hidden_size * tokens * tokens
    output = text.vocab_size * text.hidden_size
    return float(2 * (_language_weights(config) - output) * tokens + 2 * output + attention)


def decode_flops(config: CheckpointConfig, tokens: int) -> float:
    """Operations for one new token of a request with `tokens` tokens."""
    text = config.text
    return float(2 * _language_weights(config) + 4 * text.layers * text.hidden_size * tokens)


def decode_bytes(config: CheckpointConfig, bytes_per_value: int, batch: int, tokens: int) -> float:
    """Bytes that one step for `batch` requests with `tokens` tokens each must read: the weights once, every cache."""
    cache = cache_bytes(config, tokens, bytes_per_value)
    return float(_language_weights(config) * bytes_per_value + batch * cache)


def _language_weights(config: CheckpointConfig) -> int:
    """Parameters that take part in every step: all of the language model but its table of embeddings."""
    shapes = published_tensors(config)
    every = sum(prod(shape) for name, shape in shapes.items() if name.startswith("language_model."))
    return every - config.text.vocab_size * config.text.hidden_size
