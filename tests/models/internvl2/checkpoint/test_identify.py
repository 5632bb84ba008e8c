"""A folder of another model is called by what it seems to be; InternVL2's own names are never refused."""

from pathlib import Path
from typing import Any

import pytest
from docpipe.models.internvl2 import CheckpointError
from docpipe.models.internvl2.checkpoint.config_file import refuse_other_models

OURS: dict[str, Any] = {"model_type": "internvl_chat", "template": "internlm2-chat"}


@pytest.mark.parametrize(
    "name",
    [
        "InternVL2-1B",
        "InternVL2-26B",
        "InternVL2-Llama3-76B",
        "InternVL2-8B-MPO",
        "internvl2-40b",
        "my-invoices-v1-5",
        "model",
        "models--OpenGVLab--InternVL2-8B/snapshots/0b1c2d",
    ],
)
def test_folders_of_internvl2_pass_under_any_name(name: str) -> None:
    refuse_other_models(Path("/models") / name, OURS)
    refuse_other_models(Path("/models/m"), OURS | {"_name_or_path": f"OpenGVLab/{name}"})


@pytest.mark.parametrize(
    ("name", "generation"),
    [
        ("InternVL-Chat-V1-5", r"InternVL 1\.5"),
        ("InternVL-Chat-V1-5-AWQ", r"InternVL 1\.5"),
        ("Mini-InternVL-Chat-4B-V1-5", r"InternVL 1\.5"),
        ("InternVL-Chat-V1-2-Plus", r"InternVL 1\.1 or 1\.2"),
        ("InternVL-Chat-V1-1", r"InternVL 1\.1 or 1\.2"),
        ("InternVL2_5-8B", r"InternVL 2\.5"),
        ("InternVL2_5-78B-MPO", r"InternVL 2\.5"),
        ("InternVL3-14B", "InternVL 3"),
        ("InternVL3_5-8B", r"InternVL 3\.5"),
    ],
)
def test_other_generations_are_told_by_folder_and_by_recorded_name(name: str, generation: str) -> None:
    for folder, recorded in (
        (f"/models/{name}", ""),
        (f"/cache/models--OpenGVLab--{name}/snapshots/0b1c2d", ""),
        ("/models/m", f"OpenGVLab/{name}"),
    ):
        with pytest.raises(CheckpointError, match=rf"is {generation} by its name, not InternVL2; docpipe reads"):
            refuse_other_models(Path(folder), OURS | {"_name_or_path": recorded})
        with pytest.raises(CheckpointError, match=rf"is {generation} \(chat template 'internvl2_5'\)"):
            refuse_other_models(Path(folder), OURS | {"_name_or_path": recorded, "template": "internvl2_5"})


def test_a_folder_is_known_by_its_name_from_inside_and_through_a_link(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = tmp_path / "InternVL-Chat-V1-5"
    real.mkdir()
    (tmp_path / "link").symlink_to(real)
    monkeypatch.chdir(real)
    for folder in (Path(), tmp_path / "link"):
        with pytest.raises(CheckpointError, match=r"is InternVL 1\.5 by its name"):
            refuse_other_models(folder, OURS)


@pytest.mark.parametrize(
    ("config", "seems"),
    [
        ({}, "no model that docpipe knows"),
        ({"model_type": "bert"}, "a model of type 'bert'"),
        ({"architectures": ["LlamaForCausalLM"], "model_type": "llama"}, r"LlamaForCausalLM \(model_type 'llama'\)"),
        (
            {"architectures": ["Qwen2VLForConditionalGeneration"], "model_type": "qwen2_vl"},
            r"Qwen2VLForConditionalGeneration \(model_type 'qwen2_vl'\)",
        ),
        (
            {"architectures": ["InternVLForConditionalGeneration"], "model_type": "internvl"},
            "the layout of transformers",
        ),
        ({"architectures": "x", "model_type": ["internvl_chat"]}, r"a model of type \['internvl_chat'\]"),
    ],
)
def test_other_models_are_called_by_their_architecture(config: dict[str, Any], seems: str) -> None:
    with pytest.raises(CheckpointError, match=f"m: seems to be .*{seems}.*, not InternVL2"):
        refuse_other_models(Path("m"), config)
