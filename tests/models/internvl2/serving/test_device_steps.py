"""What a GPU is asked to do in a step can be handed over without waiting: no value is read back, no device is mixed.

Torch's meta device computes shapes and nothing else. It refuses to give a value, which the capture of a CUDA graph
would refuse too, and to meet tensors of another device.
"""

from pathlib import Path

import pytest
import torch
from docpipe.models.internvl2 import InternVL2
from docpipe.models.internvl2.serving import paged_attention
from docpipe.models.internvl2.serving.cuda_graphs import decode_inputs, decode_layout
from docpipe.models.internvl2.serving.model_runner import BatchDecoder
from docpipe.models.internvl2.serving.paged_attention import FlashLayout, PagedStep, paged_step
from docpipe.models.internvl2.serving.sampling import choose

META = torch.device("meta")
CHECKPOINTS = Path(__file__).parents[3] / "data" / "internvl2"
PAGE = paged_attention.FLASH_PAGE


def load(name: str) -> InternVL2:
    """A checkpoint in half precision, on a device that holds no values."""
    model = InternVL2.load(CHECKPOINTS / name)
    model.network.to(META)
    for module in model.network.modules():
        for key, value in vars(module).items():
            if isinstance(value, torch.Tensor):
                setattr(module, key, value.to(META))
    return model


@pytest.mark.parametrize("name", ["1b", "2b", "2b-ntk", "4b", "4b-long", "8b", "26b", "40b", "76b"])
@torch.inference_mode()
def test_no_step_reads_a_value_back_or_mixes_devices(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paged_attention, "use_flash", lambda *_: True)
    model = load(name)
    side, width, words = (
        model.config.vision.image_size,
        model.config.text.hidden_size,
        model.network.lm_head.out_features,
    )
    features = model.features(torch.zeros(3, side, side, 3, dtype=torch.uint8))
    assert (features.device, features.shape) == (META, (3, model.config.tokens_per_tile, width))

    decoder = BatchDecoder(model, 8, PAGE, graphs=False)
    cache = decoder._cache
    lengths, pages = [PAGE + 5, 30], [[3, 1], [0]]
    positions = torch.zeros(6, dtype=torch.int64, device=META)
    step = paged_step(cache, [5, 1], lengths, pages)
    assert isinstance(step.layout, FlashLayout)
    embedded = torch.empty(6, width, dtype=torch.bfloat16, device=META)
    assert decoder._hidden(embedded, positions, positions, step).shape == (6, width)

    tokens, places = (torch.from_numpy(each).to(META) for each in decode_inputs(cache, (2, 2), [1, 2], lengths, pages))
    logits = decoder._decode(*tokens[:3], PagedStep(cache, tokens[3], decode_layout(places, (2, 2), PAGE)))
    assert (logits.device, logits.shape) == (META, (2, words))
    assert {part.device for part in choose(logits, [0.0, 0.5])} == {META}
