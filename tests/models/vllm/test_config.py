"""The configuration that vLLM and transformers get is the folder's as docpipe parsed it, without its Python files."""

import json
from pathlib import Path

import pytest
from docpipe.models.internvl2.checkpoint.sizes import SIZES, PublishedSize, published_size
from docpipe.models.internvl2.checkpoint.synthesize import shape_config, synthesize
from docpipe.models.internvl2.errors import CheckpointError
from docpipe.models.vllm.config import InternVLChatConfig, vllm_values
from transformers import AutoConfig

AutoConfig.register("internvl_chat", InternVLChatConfig, exist_ok=True)


@pytest.mark.parametrize("size", SIZES, ids=lambda size: size.name)
def test_every_published_size_has_its_language_model_and_tower(size: PublishedSize, tmp_path: Path) -> None:
    folder = tmp_path / "model"
    synthesize(size, folder, tiny=True)
    found = AutoConfig.from_pretrained(folder)
    parsed = shape_config(size.tiny(), folder)
    assert isinstance(found, InternVLChatConfig)
    assert found.architectures == ["DocpipeInternVL2"]
    text = found.get_text_config()
    assert text.architectures == [size.family.value]
    assert (text.hidden_size, text.num_attention_heads, text.num_key_value_heads, text.vocab_size) == (
        parsed.text.hidden_size,
        parsed.text.heads,
        parsed.text.kv_heads,
        parsed.text.vocab_size,
    )
    assert text.rope_parameters["rope_theta"] == size.theta
    assert not text.tie_word_embeddings
    assert found.vision_config.norm_type == parsed.vision.norm
    assert found.vision_config.qk_normalization == parsed.vision.qk_norm
    assert found.tokens_per_tile == 256


def test_python_files_of_the_folder_are_not_run(tmp_path: Path) -> None:
    folder = synthesize(published_size("2B"), tmp_path / "model", tiny=True)
    values = json.loads((folder / "config.json").read_text())
    values["auto_map"] = {"AutoConfig": "configuration_internvl_chat.InternVLChatConfig"}
    (folder / "config.json").write_text(json.dumps(values))
    (folder / "configuration_internvl_chat.py").write_text("raise RuntimeError('was run')")
    assert isinstance(AutoConfig.from_pretrained(folder), InternVLChatConfig)


def test_only_layers_up_to_the_selected_one_are_in_the_tower() -> None:
    size = published_size("2B").tiny()
    config = shape_config(size, Path("m"))
    assert vllm_values(config)["vision_config"]["num_hidden_layers"] == config.vision.layers_used


def test_another_generation_is_named(tmp_path: Path) -> None:
    folder = synthesize(published_size("2B"), tmp_path / "model", tiny=True)
    values = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps({**values, "template": "internvl2_5"}))
    with pytest.raises(CheckpointError, match=r"InternVL 2\.5"):
        AutoConfig.from_pretrained(folder)
