"""A prompt that does not fit the window says what would."""

import json
import shutil
from pathlib import Path

import pytest
from docpipe.models.internvl2 import PromptTooLongError
from docpipe.models.internvl2.checkpoint.config_file import read_config
from docpipe.models.internvl2.processor.chat_template import chat_template
from docpipe.models.internvl2.processor.prompt import PromptBuilder
from docpipe.models.internvl2.tokenizer.load import load_tokenizer
from PIL import Image

from .. import parity

PAGE = Image.new("RGB", (1000, 2000), "white")


def _builder(folder: Path) -> PromptBuilder:
    config = read_config(folder)
    return PromptBuilder(config, load_tokenizer(folder), chat_template(config.template))


def test_a_prompt_beyond_the_window_says_how_many_tiles_would_fit() -> None:
    builder = _builder(parity.DATA / "40b")
    with pytest.raises(
        PromptTooLongError, match=r"with 19 tiles, the model's window is 4,096: (\d+) tiles would fit"
    ) as error:
        builder.build("What is the total?", [PAGE], max_tiles=18)
    fit = int(str(error.value).split(": ")[-1].split()[0])
    assert sum(builder.build("What is the total?", [PAGE], max_tiles=fit - 1).tiles.shape[:1]) <= fit
    assert fit * 256 < 4096 < (fit + 1) * 256 + 200


def test_a_question_that_fills_the_window_alone_says_so() -> None:
    with pytest.raises(PromptTooLongError, match="shorten the question"):
        _builder(parity.DATA / "40b").build("total " * 5000)


def test_dynamic_ntk_has_no_hard_window() -> None:
    builder = _builder(parity.DATA / "2b-ntk")
    assert len(builder.build("What is the total?", [PAGE], max_tiles=12).input_ids) > 2 * 512


def test_the_system_message_of_the_folder_wins(tmp_path: Path) -> None:
    shutil.copytree(parity.DATA / "1b", tmp_path / "m")
    file = tmp_path / "m" / "config.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | {"system_message": "Read carefully."}))
    assert _builder(tmp_path / "m").build("Q").text.startswith("<|im_start|>system\nRead carefully.<|im_end|>")


def test_numbers_of_tiles_belong_to_images() -> None:
    builder = _builder(parity.DATA / "1b")
    with pytest.raises(ValueError, match="max_tiles has 1 numbers for 2 images"):
        builder.build("Q", [PAGE, PAGE], max_tiles=[3])
    assert builder.build("Q", [PAGE, PAGE], max_tiles=[1, 4]).grids[0] == (1, 1, False)


@pytest.mark.parametrize("variant", ["1b", "2b", "4b", "40b", "76b"])
@pytest.mark.parametrize("question", ["What is the total?", "<image>x<image> y", "  two\n\nlines", "é漢字 <image>"])
def test_ids_are_those_of_the_whole_text_however_its_image_tokens_are_encoded(variant: str, question: str) -> None:
    builder = _builder(parity.DATA / variant)
    tiles = [1, 2][: max(1, question.count("<image>"))]
    text = builder.text(question, tiles)
    assert builder.encode(text, sum(tiles)) == builder.tokenizer.encode(text)
