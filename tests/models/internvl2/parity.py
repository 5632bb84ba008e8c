"""The reference implementation's numbers beside each small checkpoint, as the tests read them."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from docpipe.models.internvl2.model import InternVL2
from docpipe.models.internvl2.processor.prompt import Prompt
from numpy.typing import NDArray
from PIL import Image
from safetensors.numpy import load_file

DATA = Path(__file__).parents[2] / "data" / "internvl2"
VARIANTS = ("1b", "2b", "4b", "8b", "26b", "40b", "76b", "2b-ntk", "4b-long", "4b-cross")
KINDS = ("single", "multi")


@dataclass(frozen=True)
class Case:
    """One question of a variant with what the reference computed for it."""

    variant: str
    kind: str
    expected: dict[str, Any]
    arrays: dict[str, NDArray[Any]]

    def array(self, name: str) -> NDArray[Any]:
        return self.arrays[f"{self.kind}.{name}"]

    def images(self) -> list[Image.Image]:
        return [Image.open(DATA / "images" / image["image"]) for image in self.expected["images"]]

    def prompt(self, model: InternVL2) -> Prompt:
        images = self.expected["images"]
        return model.prompt(
            self.expected["question"],
            images=self.images(),
            max_tiles=[image["max_num"] for image in images],
            min_tiles=[image["min_num"] for image in images],
        )


def case(variant: str, kind: str) -> Case:
    folder = DATA / variant
    expected = json.loads((folder / "expected.json").read_text(encoding="utf-8"))
    found = next(entry for entry in expected["cases"] if entry["kind"] == kind)
    return Case(variant, kind, found, load_file(folder / "expected.safetensors"))
