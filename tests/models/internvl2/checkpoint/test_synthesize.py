"""Random checkpoints have the published layout, load, and answer; nothing half written looks whole."""

import shutil
import subprocess
import sys
import time
import unicodedata
from pathlib import Path

import numpy as np
import pytest
from docpipe.models.internvl2 import CheckpointError
from docpipe.models.internvl2.check import check_model
from docpipe.models.internvl2.checkpoint import synthesize as synthesize_module
from docpipe.models.internvl2.checkpoint.config import LanguageModel
from docpipe.models.internvl2.checkpoint.config_file import parse_config, read_config
from docpipe.models.internvl2.checkpoint.sizes import SIZES, PublishedSize, name_of, published_size
from docpipe.models.internvl2.checkpoint.synthesize import config_json, synthesize
from docpipe.models.internvl2.checkpoint.synthesize_tokenizer import TokenIds, write_tokenizer
from docpipe.models.internvl2.checkpoint.tensors import published_tensors
from docpipe.models.internvl2.checkpoint.weights import read_header, weight_files
from docpipe.models.internvl2.model import InternVL2
from docpipe.models.internvl2.tokenizer.load import load_tokenizer
from docpipe.schemas.errors import InvalidJobError
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from .. import parity

TEXTS = [
    "",
    "Total: 12,50 €",
    "two\nlines\tand tabs",
    "汉字 日本語 한국어",
    "😀 \x00 ünïcödé",
    "  spaces  ",
    "a" * 2000,
]
# Parameters that the models are known by, in billions.
KNOWN = {"1B": 0.94, "2B": 2.2, "4B": 4.1, "8B": 8.1, "26B": 25.5, "40B": 40.1, "76B": 76.3}


@pytest.mark.parametrize("size", SIZES, ids=lambda size: size.name)
def test_a_tiny_checkpoint_of_every_size_loads_and_answers(size, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    folder = synthesize(size, tmp_path / "m", tiny=True)
    assert sum(file.stat().st_size for file in folder.iterdir()) < 3_000_000
    model = InternVL2.load(folder, dtype="float32")
    prompt = model.prompt("What is the total?", [Image.new("RGB", (300, 200), "white")], max_tiles=2)
    assert len(model.generate_ids(prompt, max_new_tokens=5)) in range(1, 6)
    for text in TEXTS:
        assert model.tokenizer.decode(model.tokenizer.encode(text), skip_special_tokens=True).strip() == text.strip()


@pytest.mark.parametrize("size", SIZES, ids=lambda size: size.name)
def test_the_full_tokenizer_has_an_id_for_every_row(size, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    ids = write_tokenizer(tmp_path, size)
    tokenizer = load_tokenizer(tmp_path)
    assert len(tokenizer) == size.vocab_size
    assert tokenizer.decode([ids.stop]).strip() in ("<|im_end|>", "<|end|>")


@pytest.mark.parametrize("size", SIZES, ids=lambda size: size.name)
def test_the_full_shape_has_as_many_parameters_as_the_published_model(size) -> None:  # type: ignore[no-untyped-def]
    config = parse_config(Path("m"), config_json(size, TokenIds(None, 1, None, 1)))
    count = 0
    for shape in published_tensors(config).values():
        elements = 1
        for side in shape:
            elements *= side
        count += elements
    assert count / 1e9 == pytest.approx(KNOWN[size.name.rpartition("-")[2]], rel=0.03)
    assert name_of(config) == size.name


def test_a_seed_gives_the_same_weights_again(tmp_path: Path) -> None:
    size = published_size("1B")
    files = [synthesize(size, tmp_path / str(n), tiny=True, seed=seed) for n, seed in enumerate((1, 1, 2))]
    first, again, other = ((folder / "model.safetensors").read_bytes() for folder in files)
    assert first == again != other


def test_a_folder_in_use_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("x")
    with pytest.raises(InvalidJobError, match="is not empty"):
        synthesize(published_size("1B"), tmp_path, tiny=True)
    assert [file.name for file in tmp_path.iterdir()] == ["mine.txt"]


def test_too_small_a_disk_is_said_before_the_weights_are_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(100, 100, 0))
    with pytest.raises(CheckpointError, match=r"GB are needed, the disk has 0\.0 GB free"):
        synthesize(published_size("2B"), tmp_path / "m")
    # Nothing was written, so the same command works once there is room.
    assert list((tmp_path / "m").iterdir()) == []
    monkeypatch.undo()
    assert read_config(synthesize(published_size("2B"), tmp_path / "m", tiny=True))


def test_a_file_in_the_place_of_the_folder_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "m").write_text("x")
    with pytest.raises(InvalidJobError, match="is a file"):
        synthesize(published_size("1B"), tmp_path / "m", tiny=True)
    assert (tmp_path / "m").read_text() == "x"


def test_a_killed_synth_leaves_no_folder_that_looks_whole(tmp_path: Path) -> None:
    folder = tmp_path / "m"
    running = subprocess.Popen([sys.executable, "-m", "docpipe.cli", "models", "synth", "1B", str(folder)])
    while not list(folder.glob("*.part")):
        assert running.poll() is None
        time.sleep(0.01)
    running.kill()
    running.wait()
    assert not list(folder.glob("*.safetensors"))
    with pytest.raises(CheckpointError, match=r"has no config\.json"):
        check_model(folder)


def test_a_large_tensor_is_written_in_little_memory() -> None:
    code = (
        "import re; from pathlib import Path; from docpipe.models.internvl2.checkpoint.synthesize import _write_shard\n"
        "with open('/dev/null', 'wb') as stream: _write_shard(stream, {'a.weight': (8192, 28672)}, 1.0, 0)\n"
        "print(re.search(r'VmHWM:\\s+(\\d+)', Path('/proc/self/status').read_text())[1])"
    )
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    # The tensor has 470 MB.
    assert int(done.stdout) * 1024 < 250_000_000


def test_shards_hold_at_most_five_gigabytes_and_the_index_names_them_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(synthesize_module, "SHARD_BYTES", 300_000)
    folder = synthesize(published_size("8B"), tmp_path / "m", tiny=True)
    files = weight_files(folder)
    assert len(files) > 2
    assert all(sum(tensor.size for tensor in read_header(file)) <= 300_000 for file in files)
    assert check_model(folder).files == len(files)


@pytest.mark.parametrize("size", SIZES, ids=lambda size: size.name)
def test_weights_of_full_width_keep_activations_in_scale(size) -> None:  # type: ignore[no-untyped-def]
    rows, columns = 64, size.hidden_size
    chunks = synthesize_module._values("language_model.model.layers.0.x.weight", (rows, columns), 1.0, 0)
    weight = np.concatenate(list(chunks)).reshape(rows, columns)
    activations = np.random.default_rng(0).standard_normal(columns).astype(np.float32)
    assert np.std(weight @ activations) == pytest.approx(1, rel=0.4)


def _kind_of_text(text: str, size: PublishedSize) -> str:
    """`text` as far as every published kind keeps it: Qwen2 composes, the others may change spaces."""
    return (unicodedata.normalize("NFC", text) if size.family is LanguageModel.QWEN2 else text).replace(" ", "")


@pytest.mark.parametrize("tiny", [True, False])
@pytest.mark.parametrize("size", SIZES, ids=lambda size: size.name)
def test_any_text_survives_the_tokenizer(size, tiny: bool, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    write_tokenizer(tmp_path, size.tiny() if tiny else size)
    tokenizer = load_tokenizer(tmp_path)

    # "▁" is sentencepiece's space, and angle brackets could make a special token.
    @settings(max_examples=100, deadline=None)
    @given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="▁<>"), max_size=30))
    def holds(text: str) -> None:
        decoded = tokenizer.decode(tokenizer.encode(text), skip_special_tokens=True)
        assert decoded.replace(" ", "") == _kind_of_text(text, size)

    holds()


@pytest.mark.parametrize("name", ["8B", "8b", "InternVL2-8B", "internvl2-8b"])
def test_sizes_go_by_their_short_and_published_names(name: str) -> None:
    assert published_size(name).name == "InternVL2-8B"
    assert published_size("Llama3-76B") is published_size("76b")


def test_an_unknown_size_names_the_known_ones() -> None:
    with pytest.raises(InvalidJobError, match="'3B' is no size of InternVL2; 1B, 2B, 4B, 8B, 26B, 40B, 76B are"):
        published_size("3B")


@pytest.mark.parametrize("variant", parity.VARIANTS)
def test_the_parity_folders_are_complete(variant: str) -> None:
    checked = check_model(parity.DATA / variant)
    assert checked.model == "an InternVL2 of a shape that was not published"
    assert checked.tokenizer_ids == checked.vocabulary
    assert checked.parameters * 2 == checked.stored_bytes == checked.weight_bytes["bfloat16"]
