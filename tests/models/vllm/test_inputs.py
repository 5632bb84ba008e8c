"""What vLLM's engine gets: the prompt's own ids and tiles, each image where its tokens stand."""

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from docpipe.models.internvl2.checkpoint.config_file import read_config
from docpipe.models.internvl2.processor.chat_template import chat_template
from docpipe.models.internvl2.processor.prompt import IMAGE_TOKEN, Prompt, PromptBuilder
from docpipe.models.internvl2.tokenizer.load import load_tokenizer
from PIL import Image

from .checkpoints import checkpoint

pytestmark = [pytest.mark.vllm, pytest.mark.timeout(900)]


@pytest.fixture(scope="module")
def builder(tmp_path_factory: pytest.TempPathFactory) -> PromptBuilder:
    config = read_config(checkpoint("4B", tmp_path_factory.mktemp("vllm") / "model"))
    return PromptBuilder(config, load_tokenizer(config.folder), chat_template(config.template))


def images() -> list[Image.Image]:
    sizes = ((900, 600), (448, 448))
    return [Image.fromarray(np.full((height, width, 3), width % 251, np.uint8)) for width, height in sizes]


def tiles_of(prompt: Prompt) -> list[Any]:
    counts = [cols * rows + thumbnail for cols, rows, thumbnail in prompt.grids]
    return np.split(prompt.tiles, np.cumsum(counts)[:-1])


def test_each_image_stands_where_its_tokens_are(builder: PromptBuilder) -> None:
    from docpipe.models.vllm.inputs import TILES, engine_input, tiled_image

    prompt = builder.build("Which is larger?", images(), max_tiles=2)
    token = builder.tokenizer.token_id(IMAGE_TOKEN)
    made = engine_input(prompt.input_ids, token, [tiled_image(one) for one in tiles_of(prompt)], 256, "long")
    assert made["prompt_token_ids"] == prompt.input_ids
    assert made["cache_salt"] == "long"
    for place, (range_, tiles) in enumerate(zip(made["mm_placeholders"]["image"], tiles_of(prompt), strict=True)):
        assert range_.length == 256 * len(tiles)
        assert set(prompt.input_ids[range_.offset : range_.offset + range_.length]) == {token}
        assert np.array_equal(made["mm_kwargs"]["image"][place][TILES].data.numpy(), tiles)
    assert len(set(made["mm_hashes"]["image"])) == 2
    with pytest.raises(ValueError, match="1024 image tokens, its images need 768"):
        engine_input(prompt.input_ids, token, [tiled_image(tiles_of(prompt)[0])], 256)


def test_requests_decode_as_docpipe_does() -> None:
    from docpipe.models.vllm.inputs import sampling

    params = sampling(30, 7, 0.0, 32)
    assert (params.max_tokens, params.temperature, params.stop_token_ids) == (30, 0.0, [7])
    assert (params.logprobs, params.detokenize, params.ignore_eos) == (0, False, True)


def test_a_server_makes_the_same_request_of_an_image(builder: PromptBuilder) -> None:
    from docpipe.models.vllm.config import InternVLChatConfig, vllm_values
    from docpipe.models.vllm.inputs import TILES
    from docpipe.models.vllm.network import _Tiles
    from vllm.multimodal.parse import MultiModalDataParser

    page = images()[:1]
    prompt = builder.build("Which is larger?", page, max_tiles=2)
    token = builder.tokenizer.token_id(IMAGE_TOKEN)
    place = prompt.input_ids.index(token)
    asked = [one for one in prompt.input_ids if one != token]
    asked.insert(place, token)
    config = InternVLChatConfig(**vllm_values(builder.config))
    context = SimpleNamespace(get_merged_mm_kwargs=lambda options: {"max_dynamic_patch": 2, **options})
    info = SimpleNamespace(get_hf_config=lambda: config, ctx=context, model_id=str(builder.config.folder))
    processor: Any = SimpleNamespace(info=info, _image_token=token)
    items = MultiModalDataParser().parse_mm_data({"image": page})
    inputs = SimpleNamespace(prompt=asked, mm_data_items=items, hf_processor_mm_kwargs={})
    made = _Tiles.apply(processor, inputs, None)
    assert made["prompt_token_ids"] == prompt.input_ids
    assert np.array_equal(made["mm_kwargs"]["image"][0][TILES].data.numpy(), prompt.tiles)
    with pytest.raises(ValueError, match="0 image tokens for 1 images"):
        _Tiles.apply(processor, SimpleNamespace(**{**vars(inputs), "prompt": [1, 2]}), None)
