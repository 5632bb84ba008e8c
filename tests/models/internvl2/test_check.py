"""`models check` reads headers only, and says what is wrong with a folder by file, key or tensor."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch
from docpipe.models.internvl2 import CheckpointError, engine
from docpipe.models.internvl2.check import check_model, checked_text, free_gpu_bytes, machine_devices
from docpipe.models.internvl2.checkpoint.config_file import parse_config
from docpipe.models.internvl2.checkpoint.sizes import published_size
from docpipe.models.internvl2.checkpoint.synthesize import config_json
from docpipe.models.internvl2.checkpoint.synthesize_tokenizer import write_tokenizer
from docpipe.models.internvl2.checkpoint.tensors import published_tensors
from docpipe.models.internvl2.model import InternVL2
from docpipe.schemas.errors import MissingResourceError
from docpipe.schemas.job.engines import InternVL2Engine
from safetensors.torch import load_file, save_file

from . import parity


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(parity.DATA / "1b", tmp_path / "model"))


@pytest.fixture
def sharded(tmp_path: Path) -> Path:
    return Path(shutil.copytree(parity.DATA / "8b", tmp_path / "model"))


def _edit(file: Path, **values: object) -> None:
    file.write_text(json.dumps(json.loads(file.read_text()) | values))


def _edit_section(folder: Path, section: str, **values: object) -> None:
    config = json.loads((folder / "config.json").read_text())
    config[section] |= values
    (folder / "config.json").write_text(json.dumps(config))


def _sparse(folder: Path, name: str) -> None:
    """A checkpoint of the full shape whose files hold headers and a hole."""
    size = published_size(name)
    folder.mkdir()
    config = config_json(size, write_tokenizer(folder, size))
    (folder / "config.json").write_text(json.dumps(config))
    header, end = {}, 0
    for tensor, shape in published_tensors(parse_config(folder, config)).items():
        length = 2
        for side in shape:
            length *= side
        header[tensor] = {"dtype": "BF16", "shape": shape, "data_offsets": [end, end + length]}
        end += length
    raw = json.dumps(header).encode()
    with (folder / "model.safetensors").open("wb") as stream:
        stream.write(len(raw).to_bytes(8, "little") + raw)
        stream.truncate(8 + len(raw) + end)


@pytest.fixture(scope="module")
def largest(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sparse") / "m"
    _sparse(folder, "76B")
    return folder


def test_the_largest_model_is_checked_without_its_weights(largest: Path) -> None:
    checked = check_model(largest)
    assert checked.model == "InternVL2-Llama3-76B"
    assert 75e9 < checked.parameters < 78e9
    # 80 layers, 8 key heads of 128, keys and values of two bytes.
    assert checked.cache_bytes_per_1000_tokens == 2 * 2 * 80 * 8 * 128 * 1000
    assert "8,192 tokens: 31 tiles and a short question" in checked_text(checked)
    assert checked.devices[0].name == "cpu"
    assert checked.devices[0].memory_bytes


_NVIDIA_SMI = "#!/bin/sh\nprintf '{line}\\n'\n"


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (
            "0, NVIDIA A100-SXM4-40GB, 40960",
            "cuda:0 NVIDIA A100-SXM4-40GB 42.95 GB: does not fit, 126.77 GB too little; ",
        ),
        (
            "0, NVIDIA A100-SXM4-40GB, 40960",
            "InternVL2-8B would, and kind: vllm or kind: openai, on several GPUs",
        ),
        ("0, NVIDIA K600, 1024", "cuda:0 NVIDIA K600 1.07 GB: does not fit, 168.64 GB too little; kind: vllm or kind"),
        ("1, NVIDIA, Large, 400000", "cuda:1 NVIDIA, Large 419.43 GB: fits"),
        ("0, NVIDIA GB10, [N/A]", "cuda:0 NVIDIA GB10 does not state its memory"),
    ],
)
def test_a_gpu_is_told_what_it_lacks_and_what_it_holds(
    largest: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, line: str, said: str
) -> None:
    command = tmp_path / "nvidia-smi"
    command.write_text(_NVIDIA_SMI.format(line=line))
    command.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    assert said in checked_text(check_model(largest))


@pytest.mark.parametrize(("variant", "library"), [("1b", "regex"), ("2b", "sentencepiece"), ("76b", "tokenizers")])
def test_a_library_that_is_not_installed_is_named_with_its_cure(variant: str, library: str) -> None:
    code = f"import sys; sys.modules[{library!r}] = None; from docpipe.cli import main; main()"
    command = [sys.executable, "-c", code, "models", "check", str(parity.DATA / variant)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 4
    assert library in done.stderr
    assert "pip install 'docpipe[internvl2]'" in done.stderr


def test_the_command_prints_one_object_and_needs_no_torch(folder: Path) -> None:
    code = (
        "import sys; from docpipe.cli import app\n"
        "try: app(['models', 'check', sys.argv[1], '--json'])\n"
        "finally: assert not {'torch', 'transformers'} & set(sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code, str(folder)], check=True, capture_output=True, text=True)
    assert json.loads(done.stdout)["language_model"] == "Qwen2ForCausalLM"


def test_a_shard_cut_short_is_named(sharded: Path) -> None:
    shard = sharded / "model-00002-of-00004.safetensors"
    shard.write_bytes(shard.read_bytes()[:-1000])
    with pytest.raises(CheckpointError, match=r"model-00002-of-00004\.safetensors: has .* where its header promises"):
        check_model(sharded)
    shard.write_bytes(b"\x10")
    with pytest.raises(CheckpointError, match="was cut short"):
        check_model(sharded)


def test_a_missing_shard_is_named(sharded: Path) -> None:
    (sharded / "model-00003-of-00004.safetensors").unlink()
    with pytest.raises(
        CheckpointError, match=r"index\.json: names model-00003-of-00004\.safetensors, not in the folder"
    ):
        check_model(sharded)


@pytest.mark.parametrize("file", ["../other.safetensors", "/etc/passwd", "weights.bin"])
def test_an_index_can_not_name_files_elsewhere(sharded: Path, file: str) -> None:
    index = sharded / "model.safetensors.index.json"
    entries = json.loads(index.read_text())["weight_map"]
    _edit(index, weight_map=entries | {next(iter(entries)): file})
    with pytest.raises(CheckpointError, match=r"only \.safetensors files in its folder are read"):
        check_model(sharded)


def test_an_index_that_disagrees_with_the_headers_is_named(sharded: Path) -> None:
    index = sharded / "model.safetensors.index.json"
    entries = json.loads(index.read_text())["weight_map"]
    name = next(iter(entries))
    other = next(file for file in entries.values() if file != entries[name])
    _edit(index, weight_map=entries | {name: other})
    with pytest.raises(CheckpointError, match=rf"maps {name} to {other}, which does not contain it"):
        check_model(sharded)


def test_missing_unexpected_and_misshapen_tensors_are_named(folder: Path) -> None:
    tensors = load_file(folder / "model.safetensors")
    del tensors["mlp1.1.bias"]
    tensors["mlp1.9.bias"] = torch.zeros(3)
    tensors["mlp1.0.weight"] = torch.zeros(255)
    tensors["language_model.model.layers.0.self_attn.rotary_emb.inv_freq"] = torch.zeros(4)
    save_file(tensors, folder / "model.safetensors")
    with pytest.raises(CheckpointError) as error:
        check_model(folder)
    assert "1 tensors missing: mlp1.1.bias" in str(error.value)
    assert "1 tensors unexpected: mlp1.9.bias" in str(error.value)
    assert "mlp1.0.weight is 255, config.json asks for 256" in str(error.value)


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ({"model_type": "qwen2_vl", "architectures": ["Qwen2VLForConditionalGeneration"]}, "seems to be Qwen2VL"),
        ({"model_type": "llama", "architectures": ["LlamaForCausalLM"]}, "seems to be LlamaForCausalLM"),
        ({"model_type": "internvl"}, "InternVL in the layout of transformers"),
        ({"template": "internvl2_5"}, r"is InternVL 2\.5 or 3 "),
        ({"template": "internvl2_5", "_name_or_path": "OpenGVLab/InternVL3-8B"}, "is InternVL 3 "),
        ({"_name_or_path": "OpenGVLab/InternVL-Chat-V1-5"}, r"is InternVL 1\.5 by its name"),
        ({"_name_or_path": "OpenGVLab/Mini-InternVL-Chat-2B-V1-5"}, r"is InternVL 1\.5 by its name"),
        ({"ps_version": "v1"}, r"config\.json: ps_version: 'v1' is not supported"),
        ({"template": "vicuna"}, "template 'vicuna' is not known"),
        ({"pad2square": True}, "pad2square: True is not supported"),
        ({"llm_config": None}, r"config\.json: llm_config: missing"),
        ({"select_layer": -7}, "select_layer: -7 is no layer"),
        ({"force_image_size": 224}, r"force_image_size: 224 differs"),
    ],
)
def test_another_model_or_setting_is_said_by_name(folder: Path, config: dict[str, object], message: str) -> None:
    _edit(folder / "config.json", **config)
    with pytest.raises(CheckpointError, match=message):
        check_model(folder)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"rope_scaling": {"type": "yarn", "factor": 4.0}}, r"rope_scaling\.type: 'yarn' is not supported"),
        ({"architectures": ["MistralForCausalLM"]}, "'MistralForCausalLM' is no language model of InternVL2"),
        ({"hidden_size": "large"}, r"llm_config\.hidden_size: 'large' is not a whole number"),
        ({"num_attention_heads": 13}, "num_attention_heads: 13 does not fit hidden_size"),
        ({"tie_word_embeddings": True}, "tie_word_embeddings: True is not supported"),
    ],
)
def test_a_wrong_key_of_the_language_model_is_named(folder: Path, values: dict[str, object], message: str) -> None:
    _edit_section(folder, "llm_config", **values)
    with pytest.raises(CheckpointError, match=message):
        check_model(folder)


@pytest.mark.parametrize("name", ["InternVL-Chat-V1-5", "InternVL2_5-8B", "models--OpenGVLab--InternVL-Chat-V1-5"])
def test_the_name_of_the_folder_tells_other_generations(tmp_path: Path, name: str) -> None:
    with pytest.raises(CheckpointError, match=r"is InternVL (1|2)\.5 by its name"):
        check_model(Path(shutil.copytree(parity.DATA / "26b", tmp_path / name)))


def test_a_tokenizer_with_more_ids_than_the_embedding_has_rows_is_refused(folder: Path) -> None:
    file = folder / "tokenizer_config.json"
    added = json.loads(file.read_text())["added_tokens_decoder"]
    _edit(file, added_tokens_decoder=added | {"5000": dict(added["800"], content="<more>")})
    with pytest.raises(CheckpointError, match="has 5001 ids, the embedding 812 rows"):
        check_model(folder)


def test_folders_that_are_none_say_so(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match="no such folder"):
        check_model(tmp_path / "nothing")
    with pytest.raises(CheckpointError, match=r"has no config\.json"):
        check_model(tmp_path)
    (tmp_path / "config.json").write_text("{")
    with pytest.raises(CheckpointError, match=r"config\.json: cannot be read"):
        check_model(tmp_path)


def nvidia_smi(folder: Path, monkeypatch: pytest.MonkeyPatch, *gpus: tuple[str, str, str, str, str]) -> None:
    """A program of that name, first on the path, that tells the columns it is asked for."""
    names = ("index", "uuid", "name", "memory.total", "memory.free")
    program = f"""#!{sys.executable}
import sys
asked = next(one for one in sys.argv if one.startswith("--query-gpu=")).partition("=")[2].split(",")
for gpu in {[dict(zip(names, gpu, strict=True)) for gpu in gpus]!r}:
    print(", ".join(gpu[name] for name in asked))
"""
    folder.mkdir()
    (folder / "nvidia-smi").write_text(program)
    (folder / "nvidia-smi").chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")


GPUS = [
    ("0", "GPU-aa11", "NVIDIA H100 80GB HBM3", "81559", "80000"),
    ("1", "GPU-bb22", "NVIDIA H100 80GB HBM3", "81559", "1000"),
]


def test_the_memory_of_gpus_is_what_others_leave_of_those_that_are_visible(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    nvidia_smi(tmp_path / "bin", monkeypatch, *GPUS)
    assert [name for name, _ in machine_devices()] == [
        "cpu",
        "cuda:0 NVIDIA H100 80GB HBM3",
        "cuda:1 NVIDIA H100 80GB HBM3",
    ]
    assert [memory for _, memory in machine_devices()][1:] == [81559 * 2**20] * 2
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    assert free_gpu_bytes(2) == 2 * 1000 * 2**20
    for visible in ("0", "GPU-aa11", "GPU-aa"):
        monkeypatch.setenv("CUDA_VISIBLE_DEVICES", visible)
        assert free_gpu_bytes(1) == 80000 * 2**20
        assert free_gpu_bytes(1, share=0.9) == int(0.9 * 81559 * 2**20)
        assert free_gpu_bytes(0.5, share=0.9) == int(0.45 * 81559 * 2**20)
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    assert free_gpu_bytes(1) is None


def test_a_gpu_that_shares_the_memory_of_the_processor_states_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    nvidia_smi(tmp_path / "bin", monkeypatch, ("0", "GPU-aa11", "NVIDIA GB10", "[N/A]", "[N/A]"))
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    assert machine_devices()[1] == ("cuda:0 NVIDIA GB10", None)
    assert free_gpu_bytes(1) is None


def test_a_model_whose_loading_takes_all_memory_names_what_would_fit(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = InternVL2Engine.model_validate({"kind": "internvl2", "model": str(folder), "dtype": "float32"})
    monkeypatch.setattr(engine, "_free_bytes", lambda device, settings: 6 * 10**9)
    wanted = r"needs about .* GB in float32, 6\.0 GB were free; InternVL2-2B in bfloat16 would fit"
    processor = "DefaultCPUAllocator: can't allocate memory: you tried to allocate 9 bytes."
    for error in (torch.OutOfMemoryError("CUDA out of memory."), RuntimeError(processor)):
        monkeypatch.setattr(InternVL2, "load", raising(error))
        with pytest.raises(MissingResourceError, match=wanted):
            engine.InternVL2Served(settings, "cpu")
    monkeypatch.setattr(InternVL2, "load", raising(RuntimeError("shape mismatch")))
    with pytest.raises(RuntimeError, match="shape mismatch"):
        engine.InternVL2Served(settings, "cpu")


def test_weights_that_leave_no_room_for_a_request_name_what_would_fit(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = InternVL2Engine.model_validate({"kind": "internvl2", "model": str(folder), "dtype": "float32"})
    monkeypatch.setattr(engine, "_free_bytes", lambda device, settings: 10**6)
    with pytest.raises(MissingResourceError, match=r"lower max_tiles or max_new_tokens.*; no InternVL2 would fit"):
        engine.InternVL2Served(settings, "cpu")


def raising(error: Exception) -> Any:
    def load(*_: Any, **__: Any) -> Any:
        raise error

    return load
