"""Copies of the tokenizer files of a parity folder, and copies with changed settings."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from . import parity

FILES = (
    "added_tokens.json",
    "merges.txt",
    "special_tokens_map.json",
    "tokenizer.json",
    "tokenizer.model",
    "tokenizer_config.json",
    "vocab.json",
)


def copied(variant: str, target: Path) -> Path:
    for name in FILES:
        if (parity.DATA / variant / name).is_file():
            shutil.copy(parity.DATA / variant / name, target / name)
    return target


def edit_settings(folder: Path, change: Callable[[dict[str, Any]], object]) -> None:
    """Apply `change` to the folder's tokenizer_config.json."""
    path = folder / "tokenizer_config.json"
    settings = json.loads(path.read_text(encoding="utf-8"))
    change(settings)
    path.write_text(json.dumps(settings), encoding="utf-8")


def variation_folder(variation: dict[str, Any], target: Path) -> Path:
    """A folder of `variations.json`."""
    folder = copied(variation["variant"], target)

    def change(settings: dict[str, Any]) -> None:
        for number, token in variation.get("added_tokens", {}).items():
            settings["added_tokens_decoder"].setdefault(number, {}).update(token)
        settings.update(variation.get("settings", {}))
        for name in variation.get("removed", ()):
            del settings[name]

    edit_settings(folder, change)
    model = folder / "tokenizer.model"
    # ModelProto.normalizer_spec is field 3, in it add_dummy_prefix field 3 and remove_extra_whitespaces field 4.
    for name, field in (("add_dummy_prefix", 3), ("remove_extra_whitespaces", 4)):
        if name in variation:
            model.write_bytes(model.read_bytes() + bytes([0x1A, 2, field << 3, variation[name]]))
    return folder
