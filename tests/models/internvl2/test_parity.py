"""Every published size computes what the reference implementation computes."""

import hashlib

import numpy as np
import pytest
import torch
from docpipe.models.internvl2.model import InternVL2
from docpipe.models.internvl2.network.normalize import normalise

from . import parity


@pytest.fixture(scope="module")
def attention(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(params=parity.VARIANTS, scope="module")
def model(request: pytest.FixtureRequest, attention: str) -> InternVL2:
    return InternVL2.load(parity.DATA / request.param, dtype="float32", device="cpu", attention=attention)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("attention", "kind"), [("eager", "single"), *(("sdpa", kind) for kind in parity.KINDS)], indirect=["attention"]
)
def test_float32_gives_the_reference_numbers(model: InternVL2, kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    case = parity.case(model.config.folder.name, kind)
    expected, prompt = case.expected, case.prompt(model)

    assert prompt.text == expected["prompt"]
    assert prompt.input_ids == case.array("input_ids").flatten().tolist()
    assert prompt.grids == [(image["cols"], image["rows"], image["thumbnail"]) for image in expected["images"]]
    assert [hashlib.sha256(tile.tobytes()).hexdigest() for tile in prompt.tiles] == [
        digest for image in expected["images"] for digest in image["tile_rgb_sha256"]
    ]

    pixels = normalise(prompt.tiles, device=torch.device("cpu"), dtype=torch.float32)
    _close(pixels[:, :, 3::31, 5::37], case.array("pixel_sample"), 1e-6)
    # The tower is most of the time: what it gives is looked at on its way, and the features are kept.
    seen: list[torch.Tensor] = []
    hook = model.network.model.vision_tower.register_forward_hook(lambda *call: seen.append(call[-1].last_hidden_state))
    features = model.features(prompt.tiles)
    hook.remove()
    _close(torch.cat(seen)[:, expected["vit_sample_tokens"]], case.array("vit_sample"), 1e-4)
    assert list(features.shape) == expected["feature_shape"]
    _close(features[:, expected["feature_sample_tokens"]], case.array("feature_sample"), 1e-4)
    monkeypatch.setattr(model, "features", lambda tiles: features)

    logits = model.logits(prompt)
    assert logits.dtype is torch.float32
    _close(logits[case.array("logits_positions").tolist()], case.array("logits"), 1e-3)
    _close(logits[-1], case.array("logits_last").flatten(), 1e-3)

    ids = model.generate_ids(prompt, max_new_tokens=24)
    assert ids == expected["greedy_ids"]
    assert model.tokenizer.decode(ids, skip_special_tokens=False) == expected["decoded"]
    assert model.text(ids) == expected["response"]


def _close(found: torch.Tensor, expected: "np.typing.NDArray[np.float32]", bound: float) -> None:
    assert tuple(found.shape) == expected.shape
    assert float((found - torch.from_numpy(expected)).abs().max()) <= bound


# Unit roundoff of each dtype: half the distance of 1 to the next number.
ROUNDOFF = {"bfloat16": 2**-8, "float16": 2**-11}


@pytest.mark.parametrize("variant", parity.VARIANTS)
@pytest.mark.parametrize("dtype", ROUNDOFF)
def test_half_precision_stays_within_its_rounding(variant: str, dtype: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The bounds are derived in docs/internvl2.md: root mean square error over the values' standard deviation."""
    model, case = InternVL2.load(parity.DATA / variant, dtype=dtype, device="cpu"), parity.case(variant, "single")
    prompt, unit = case.prompt(model), ROUNDOFF[dtype]

    tower = model.tower(prompt.tiles)[:, case.expected["vit_sample_tokens"]]
    assert _relative_error(tower, case.array("vit_sample")) <= 3 * unit
    features = model.features(prompt.tiles)
    assert (
        _relative_error(features[:, case.expected["feature_sample_tokens"]], case.array("feature_sample")) <= 3 * unit
    )
    monkeypatch.setattr(model, "features", lambda tiles: features)
    logits = model.logits(prompt)[case.array("logits_positions").tolist()]
    assert _relative_error(logits, case.array("logits")) <= 16 * unit


def _relative_error(found: torch.Tensor, expected: "np.typing.NDArray[np.float32]") -> float:
    difference = found.float().numpy() - expected
    return float(np.sqrt((difference**2).mean()) / expected.std())
