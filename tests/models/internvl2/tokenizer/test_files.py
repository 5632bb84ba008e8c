"""A folder whose tokenizer cannot be read says which file is wrong and how."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from docpipe.models.internvl2.errors import CheckpointError
from docpipe.models.internvl2.tokenizer.load import load_tokenizer

from ..tokenizer_folders import copied, edit_settings

READ = [
    ("1b", "vocab.json"),
    ("1b", "merges.txt"),
    ("2b", "tokenizer.model"),
    ("4b", "tokenizer.model"),
    ("76b", "tokenizer.json"),
    ("40b", "tokenizer_config.json"),
]


def test_a_folder_without_a_tokenizer_says_what_was_looked_for(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match=r"tokenizer\.json, vocab\.json with merges\.txt, or tokenizer\.model"):
        load_tokenizer(tmp_path)


@pytest.mark.parametrize(("variant", "name"), READ)
@pytest.mark.parametrize("share", [0.0, 0.1, 0.5, 0.9])
def test_a_file_cut_short_is_named(variant: str, name: str, share: float, tmp_path: Path) -> None:
    path = copied(variant, tmp_path) / name
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * share)])
    with pytest.raises(CheckpointError, match=name):
        load_tokenizer(tmp_path)


@pytest.mark.parametrize(("variant", "name"), READ)
def test_a_file_of_other_content_is_named(variant: str, name: str, tmp_path: Path) -> None:
    (copied(variant, tmp_path) / name).write_bytes(b"\x00\xff version https://git-lfs.github.com/spec/v1\n" * 3)
    with pytest.raises(CheckpointError, match=name):
        load_tokenizer(tmp_path)


@pytest.mark.parametrize(("variant", "name"), READ)
def test_a_missing_file_is_named(variant: str, name: str, tmp_path: Path) -> None:
    (copied(variant, tmp_path) / name).unlink()
    with pytest.raises(CheckpointError, match=name):
        load_tokenizer(tmp_path)


@pytest.mark.parametrize("variant", ["2b", "4b", "40b"])
def test_no_cut_of_a_sentencepiece_model_goes_unseen(variant: str, tmp_path: Path) -> None:
    path = copied(variant, tmp_path) / "tokenizer.model"
    data = path.read_bytes()
    for end in range(len(data) - 120, len(data)):
        path.write_bytes(data[:end])
        with pytest.raises(CheckpointError, match=r"tokenizer\.model"):
            load_tokenizer(tmp_path)


def test_merges_that_lack_lines_at_the_end_are_noticed(tmp_path: Path) -> None:
    path = copied("1b", tmp_path) / "merges.txt"
    path.write_text("\n".join(path.read_text(encoding="utf-8").splitlines()[:-1]) + "\n", encoding="utf-8")
    with pytest.raises(CheckpointError, match=r"merges\.txt: no merge makes 1 tokens of vocab\.json"):
        load_tokenizer(tmp_path)


def test_merges_of_another_vocabulary_are_refused(tmp_path: Path) -> None:
    path = copied("1b", tmp_path) / "merges.txt"
    path.write_text(path.read_text(encoding="utf-8") + "zz qq\n", encoding="utf-8")
    with pytest.raises(CheckpointError, match=r"merges\.txt: does not belong to vocab\.json"):
        load_tokenizer(tmp_path)


def _drop(name: str) -> Callable[[dict[str, Any]], object]:
    return lambda settings: settings.pop(name)


def _set(**values: object) -> Callable[[dict[str, Any]], object]:
    return lambda settings: settings.update(values)


@pytest.mark.parametrize(
    ("variant", "change", "message"),
    [
        ("2b", _drop("tokenizer_class"), "tokenizer_class is None"),
        ("2b", _set(tokenizer_class="BertTokenizer"), "tokenizer_class is 'BertTokenizer'"),
        ("2b", _set(tokenizer_class=["LlamaTokenizer"]), "tokenizer_class is"),
        ("4b", _set(legacy="no"), "legacy is 'no', not true or false"),
        ("4b", _set(added_tokens_decoder=[]), "added_tokens_decoder is not an object"),
        ("4b", _set(added_tokens_decoder={"x": {"content": "y"}}), "has 'x' where an id is needed"),
        ("4b", _set(added_tokens_decoder={"7": {"content": 7}}), r"added_tokens_decoder\[7\] is"),
        ("4b", _set(additional_special_tokens="<ref>"), "additional_special_tokens is no list"),
        ("4b", _set(bos_token=7), "bos_token is 7"),
        ("4b", _set(bos_token=None), "add_bos_token is true, but there is no bos_token"),
        ("4b", _set(unk_token=None), "there is no unk_token"),
        ("2b", _set(sp_model_kwargs={"enable_sampling": True}), "sp_model_kwargs is not supported"),
        ("1b", _set(errors="guess"), "errors is 'guess'"),
    ],
)
def test_a_setting_that_can_not_be_followed_is_named(
    variant: str, change: Callable[[dict[str, Any]], object], message: str, tmp_path: Path
) -> None:
    edit_settings(copied(variant, tmp_path), change)
    with pytest.raises(CheckpointError, match=rf"tokenizer_config\.json: .*{message}"):
        load_tokenizer(tmp_path)


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("added_tokens.json", {"<ref>": "5"}, "'<ref>' has the id '5'"),
        ("special_tokens_map.json", {"additional_special_tokens": [7]}, "additional_special_tokens is 7"),
        ("added_tokens.json", [], "is not a JSON object"),
    ],
)
def test_the_older_files_are_checked_where_they_are_read(
    name: str, value: object, message: str, tmp_path: Path
) -> None:
    folder = copied("4b", tmp_path)
    (folder / name).write_text(json.dumps(value))
    load_tokenizer(folder)
    edit_settings(folder, _drop("added_tokens_decoder"))
    with pytest.raises(CheckpointError, match=f"{name}.*{message}"):
        load_tokenizer(folder)


def test_a_vocabulary_without_some_byte_is_refused(tmp_path: Path) -> None:
    path = copied("1b", tmp_path) / "vocab.json"
    vocabulary = json.loads(path.read_text(encoding="utf-8"))
    del vocabulary["Q"]
    path.write_text(json.dumps(vocabulary), encoding="utf-8")
    with pytest.raises(CheckpointError, match=r"vocab\.json: lacks 1 of the 256 byte symbols"):
        load_tokenizer(tmp_path)


def test_two_tokens_with_one_id_are_refused(tmp_path: Path) -> None:
    path = copied("1b", tmp_path) / "vocab.json"
    vocabulary = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps(vocabulary | {"Q": vocabulary["R"]}), encoding="utf-8")
    with pytest.raises(CheckpointError, match=r"vocab\.json: two tokens have the same id"):
        load_tokenizer(tmp_path)
