"""Weight files are found, their headers read, and every fault named with its file."""

import json
import shutil
import struct
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from docpipe.models.internvl2 import CheckpointError
from docpipe.models.internvl2.check import check_model
from docpipe.models.internvl2.checkpoint.weights import account, read_header, stored_tensors, weight_files
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file

from .. import parity


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(parity.DATA / "8b", tmp_path / "it's a model"))


def _pickle(folder: Path) -> None:
    """The same weights as older tools wrote them."""
    for file in folder.glob("model*.safetensors"):
        name = file.name.replace("model", "pytorch_model").replace(".safetensors", ".bin")
        torch.save(load_file(file), folder / name)
        file.unlink()
    for index in folder.glob("model.safetensors.index.json"):
        renamed = index.read_text().replace("model-", "pytorch_model-").replace(".safetensors", ".bin")
        (folder / "pytorch_model.bin.index.json").write_text(renamed)
        index.unlink()


@pytest.mark.parametrize("variant", ["1b", "8b"])
def test_pickled_weights_are_refused_with_a_command_that_converts_them(variant: str, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(parity.DATA / variant, tmp_path / "it's a model"))
    before = stored_tensors(folder)
    _pickle(folder)
    with pytest.raises(CheckpointError, match="can run code when they are read") as error:
        check_model(folder)
    command = str(error.value).partition("trust: ")[2]
    subprocess.run(command.replace("python", sys.executable, 1), shell=True, check=True)
    assert stored_tensors(folder) == before
    assert check_model(folder).files == len(weight_files(parity.DATA / variant))


def test_a_folder_linked_file_by_file_is_read(folder: Path, tmp_path: Path) -> None:
    # The hub's cache keeps its files so.
    linked = tmp_path / "linked"
    linked.mkdir()
    for file in folder.iterdir():
        (linked / file.name).symlink_to(file)
    assert check_model(linked).files == 4


def test_shards_without_an_index_are_not_guessed_at(folder: Path) -> None:
    (folder / "model.safetensors.index.json").unlink()
    with pytest.raises(CheckpointError, match=r"no model\.safetensors\.index\.json that lists the files"):
        weight_files(folder)


def test_a_folder_without_weights_says_what_is_needed(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match=r"contains no weights; model\.safetensors or"):
        weight_files(tmp_path)


@pytest.mark.parametrize(
    "content",
    ["{", "[]", '{"weight_map": 3}', '{"metadata": {}}', "\x00"],
    ids=["cut", "list", "number", "none", "nul"],
)
def test_an_index_that_is_none_is_named(folder: Path, content: str) -> None:
    (folder / "model.safetensors.index.json").write_text(content)
    with pytest.raises(CheckpointError, match=r"index\.json: cannot be read as an index of weights"):
        weight_files(folder)


def test_a_tensor_in_two_files_is_named_with_both(folder: Path) -> None:
    first, second = folder / "model-00001-of-00004.safetensors", folder / "model-00002-of-00004.safetensors"
    name, value = next(iter(load_file(first).items()))
    save_file(load_file(second) | {name: value}, second)
    with pytest.raises(CheckpointError, match=rf"00002-of-00004\.safetensors: {name} is also in model-00001-of-00004"):
        stored_tensors(folder)


def _file(tmp_path: Path, header: bytes, data: bytes = b"") -> Path:
    file = tmp_path / "x.safetensors"
    file.write_bytes(struct.pack("<Q", len(header)) + header + data)
    return file


@pytest.mark.parametrize("header", [b"[1]", b"33", b'"x"', b"\x00\x00\x00\x00", b'{"a": 1}', b'{"a": {"shape": [1]}}'])
def test_a_header_of_another_form_is_named(tmp_path: Path, header: bytes) -> None:
    with pytest.raises(CheckpointError, match=r"x\.safetensors: its safetensors header cannot be read"):
        read_header(_file(tmp_path, header))


def test_a_tensor_whose_bytes_do_not_fit_its_shape_is_named(tmp_path: Path) -> None:
    header = json.dumps({"a": {"dtype": "F32", "shape": [3], "data_offsets": [0, 8]}}).encode()
    with pytest.raises(CheckpointError, match=r"a: 8 bytes do not fit shape \[3\] of F32"):
        read_header(_file(tmp_path, header, bytes(8)))


def test_whole_numbers_are_no_weights(tmp_path: Path) -> None:
    save_file({"a": torch.zeros(2, dtype=torch.int64)}, tmp_path / "model.safetensors")
    with pytest.raises(CheckpointError, match="1 tensors of a dtype that is not supported: a is I64"):
        account(tmp_path, {"a": (2,)}, stored_tensors(tmp_path))


def test_only_the_first_of_many_names_are_listed(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match=r"20 tensors missing: .* and 12 more$"):
        account(tmp_path, {f"t{number}": (1,) for number in range(20)}, {})


def _entry(shape: object, *offsets: object) -> dict[str, object]:
    return {"dtype": "F32", "shape": shape, "data_offsets": list(offsets)}


@pytest.mark.parametrize(
    ("header", "data"),
    [
        ({"a": _entry([1], 0, 4), "b": _entry([1], 0, 4)}, 4),
        ({"a": _entry([1], 4, 8)}, 8),
        ({"a": _entry([1], -4, 0)}, 0),
        ({"a": _entry([-1, -1], 0, 4)}, 4),
        ({"a": _entry([1.9], 0, 4)}, 4),
        ({"a": _entry([True], 0, 4)}, 4),
        ({"a": _entry([1], 0, 4.0)}, 4),
        ({"a": _entry([float("inf")], 0, 4)}, 4),
    ],
    ids=["overlap", "gap", "before", "negative", "fraction", "bool", "offset", "infinite"],
)
def test_headers_that_the_format_s_own_reader_refuses_are_refused(
    tmp_path: Path, header: dict[str, object], data: int
) -> None:
    file = _file(tmp_path, json.dumps(header).encode(), bytes(data))
    with pytest.raises(SafetensorError):
        load_file(file)
    with pytest.raises(CheckpointError, match=r"x\.safetensors: its safetensors header cannot be read"):
        read_header(file)


def test_a_header_nested_without_end_is_named(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match="header cannot be read"):
        read_header(_file(tmp_path, b"[" * 100_000))


def test_a_weight_file_that_can_not_be_opened_is_named(tmp_path: Path) -> None:
    # A folder of that name: unlike a mode of 000 it stops root too.
    (tmp_path / "x.safetensors").mkdir()
    with pytest.raises(CheckpointError, match=r"x\.safetensors: cannot be read"):
        read_header(tmp_path / "x.safetensors")


WHOLE = (parity.DATA / "1b" / "model.safetensors").read_bytes()
SHAPES = {tensor.name: tensor.shape for tensor in read_header(parity.DATA / "1b" / "model.safetensors")}


def test_headers_give_the_shapes_that_the_format_s_own_reader_gives() -> None:
    assert {
        name: tuple(value.shape) for name, value in load_file(parity.DATA / "1b" / "model.safetensors").items()
    } == SHAPES


@given(st.integers(0, len(WHOLE) - 1) | st.integers(0, 10_000))
@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_file_cut_anywhere_is_refused(tmp_path: Path, length: int) -> None:
    file = tmp_path / "x.safetensors"
    file.write_bytes(WHOLE[:length])
    with pytest.raises(CheckpointError, match=r"x\.safetensors"):
        read_header(file)


def test_a_file_with_bytes_behind_its_data_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x.safetensors").write_bytes(WHOLE + b"\x00")
    with pytest.raises(CheckpointError, match="where its header promises"):
        read_header(tmp_path / "x.safetensors")
