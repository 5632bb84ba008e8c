"""Says which model a folder holds when it is not InternVL2."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from .errors import CheckpointError

_NEEDED = "docpipe reads the folders that OpenGVLab publishes for InternVL2-1B to InternVL2-Llama3-76B"
# The names under which earlier and later generations were published; 1.5 shares InternVL2's config.json.
_GENERATIONS = (
    (re.compile(r"InternVL-Chat-(\w+-)*V1-5", re.IGNORECASE), "InternVL 1.5"),
    (re.compile(r"InternVL-Chat-(\w+-)*V1-[12]", re.IGNORECASE), "InternVL 1.1 or 1.2"),
    (re.compile(r"InternVL2_5-", re.IGNORECASE), "InternVL 2.5"),
    (re.compile(r"InternVL3_5-", re.IGNORECASE), "InternVL 3.5"),
    (re.compile(r"InternVL3-", re.IGNORECASE), "InternVL 3"),
)
_HUB_FOLDER = re.compile(r"^models--.+--(?P<name>.+)$")


def refuse_other_models(folder: Path, config: Mapping[str, Any]) -> None:
    """Raise `CheckpointError` unless `config` (the whole config.json) is that of an InternVL2 folder.

    InternVL 1.5 differs from 2 in its name and in its training only, so it is told by the names in the folder's
    path and in `_name_or_path`; 2.5 and 3 carry the chat template `internvl2_5`.
    """
    model_type = config.get("model_type")
    if model_type != "internvl_chat":
        raise CheckpointError(f"{folder}: seems to be {_other_model(config)}, not InternVL2; {_NEEDED}")
    template = str(config.get("template"))
    if template.startswith("internvl2_5"):
        later = _generation(folder, config) or "InternVL 2.5 or 3"
        raise CheckpointError(f"{folder}: is {later} (chat template {template!r}), not InternVL2; {_NEEDED}")
    if (name := _generation(folder, config)) is not None:
        raise CheckpointError(f"{folder}: is {name} by its name, not InternVL2; {_NEEDED}")


def _other_model(config: Mapping[str, Any]) -> str:
    if config.get("model_type") == "internvl":
        return "InternVL in the layout of transformers (a folder named …-hf), as published for InternVL 2.5, 3 and 3.5"
    architectures = config.get("architectures")
    if isinstance(architectures, list) and architectures:
        return f"{architectures[0]} (model_type {config.get('model_type')!r})"
    return f"a model of type {config['model_type']!r}" if config.get("model_type") else "no model that docpipe knows"


def _generation(folder: Path, config: Mapping[str, Any]) -> str | None:
    # The path as it was given may be "." or a link.
    whole = folder.resolve()
    names = [folder.name, whole.name, str(config.get("_name_or_path", ""))]
    names += [match["name"] for part in (*folder.parts, *whole.parts) if (match := _HUB_FOLDER.match(part))]
    for pattern, generation in _GENERATIONS:
        if any(pattern.search(name + "-") for name in names):
            return generation
    return None
