"""Weights arrive whole, finite and where they belong, and what is wrong with a folder is said by name."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from docpipe.models.internvl2 import CheckpointError
from docpipe.models.internvl2.checkpoint.config_file import read_config
from docpipe.models.internvl2.model import InternVL2
from docpipe.models.internvl2.network.load import load_network
from safetensors.torch import load_file, save_file

from .. import parity

CPU = torch.device("cpu")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    copy = tmp_path / "model"
    shutil.copytree(parity.DATA / "1b", copy)
    return copy


def _change(folder: Path, name: str, value: torch.Tensor) -> None:
    tensors = load_file(folder / "model.safetensors")
    tensors[name] = value
    save_file(tensors, folder / "model.safetensors")


@pytest.mark.parametrize("variant", parity.VARIANTS)
def test_every_stored_weight_stands_in_the_network_once(variant: str) -> None:
    config = read_config(parity.DATA / variant)
    network = load_network(config, torch.float32, CPU, "sdpa")
    stored = [value for file in sorted(config.folder.glob("model*.safetensors")) for value in load_file(file).values()]
    assert sum(value.numel() for value in stored) == sum(value.numel() for value in network.parameters())
    total = sum(float(value.double().sum()) for value in stored)
    assert total == pytest.approx(sum(float(value.double().sum()) for value in network.parameters()), rel=1e-9)
    assert not any(parameter.is_meta for parameter in network.parameters())
    assert not any(buffer.is_meta for buffer in network.buffers())


def test_a_weight_that_is_no_number_is_named(folder: Path) -> None:
    name = "language_model.model.layers.0.mlp.up_proj.weight"
    value = load_file(folder / "model.safetensors")[name]
    value[3, 4] = float("nan")
    _change(folder, name, value)
    with pytest.raises(CheckpointError, match=rf"{name} holds NaN or infinity"):
        InternVL2.load(folder, dtype="float32")


def test_a_weight_beyond_float16_is_refused_in_float16_only(folder: Path) -> None:
    name = "language_model.model.norm.weight"
    _change(folder, name, torch.full((112,), 1e6, dtype=torch.bfloat16))
    with pytest.raises(CheckpointError, match=r"beyond the range of torch\.float16; load it in bfloat16"):
        InternVL2.load(folder, dtype="float16")
    InternVL2.load(folder, dtype="bfloat16")


def test_an_unknown_dtype_or_attention_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match="'int8' is not known; float32, bfloat16, float16"):
        InternVL2.load(parity.DATA / "1b", dtype="int8")
    with pytest.raises(ValueError, match="'flash' is not known; sdpa or eager"):
        InternVL2.load(parity.DATA / "1b", attention="flash")


def test_a_tower_is_cut_at_select_layer(folder: Path) -> None:
    config = json.loads((folder / "config.json").read_text())
    case = parity.case("1b", "single")
    whole = InternVL2.load(folder, dtype="float32")
    tiles = case.prompt(whole).tiles[:1]
    (folder / "config.json").write_text(json.dumps(config | {"select_layer": -2}))
    cut = InternVL2.load(folder, dtype="float32")
    outputs = whole.network.model.vision_tower(
        pixel_values=_pixels(tiles), output_hidden_states=True, return_dict=True
    ).hidden_states
    torch.testing.assert_close(cut.tower(tiles), outputs[1])


def _pixels(tiles: object) -> torch.Tensor:
    from docpipe.models.internvl2.network.normalize import normalise

    return normalise(tiles, device=CPU, dtype=torch.float32)


def test_python_files_of_the_folder_are_never_run(folder: Path) -> None:
    marker = folder / "was-run"
    for name in ("configuration_internvl_chat", "modeling_internvl_chat", "tokenization_internlm2", "conversation"):
        (folder / f"{name}.py").write_text(f"open({str(marker)!r}, 'w').close()\n")
    InternVL2.load(folder, dtype="float32")
    assert not marker.exists()


_MEMORY = """
import re, sys
from pathlib import Path
import torch
from docpipe.models.internvl2.checkpoint.config_file import read_config
from docpipe.models.internvl2.network.load import load_network
load_network(read_config(Path(sys.argv[2])), torch.bfloat16, torch.device("cpu"), "sdpa")
# Not ru_maxrss, which a child inherits from the process that started it.
peak = lambda: int(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1]) * 1024
start = peak()
load_network(read_config(Path(sys.argv[1])), torch.bfloat16, torch.device("cpu"), "sdpa")
print(peak() - start)
"""


def test_loading_holds_the_model_and_its_mapped_file_and_nothing_more(folder: Path, tmp_path: Path) -> None:
    config = json.loads((folder / "config.json").read_text())
    rows = 400_000
    config["llm_config"]["vocab_size"] = rows
    (folder / "config.json").write_text(json.dumps(config))
    for name in ("language_model.model.embed_tokens.weight", "language_model.lm_head.weight"):
        _change(folder, name, torch.zeros(rows, 112, dtype=torch.bfloat16))
    size = (folder / "model.safetensors").stat().st_size
    command = [sys.executable, "-c", _MEMORY, str(folder), str(parity.DATA / "1b")]
    peak = int(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    # The model itself and the pages of the file that is mapped while it is copied.
    assert size < peak < 2.3 * size
