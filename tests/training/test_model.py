"""The trainee computes what `InternVL2` computes from the checkpoint that it writes."""

import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from docpipe.evaluation.synthetic import draw_page
from docpipe.evaluation.synthetic.fonts import built_in_faces
from docpipe.models.internvl2 import InternVL2
from docpipe.models.internvl2.check import check_model
from docpipe.models.internvl2.processor.prompt import PromptBuilder
from docpipe.training.asking import Asked, answers
from docpipe.training.batches import collate
from docpipe.training.examples import Example, cut, make_example, sequence
from docpipe.training.model import Trainee, as_internvl2, load_published, published_state, save_checkpoint
from docpipe.training.sizes import SIZES
from docpipe.training.travel import SHARD_BYTES, pack, unpack
from PIL import Image

FACES = built_in_faces()


@pytest.fixture
def saved(trainee: Trainee, tiny_folder: Path, tmp_path: Path) -> Path:
    folder = tmp_path / "model"
    shutil.copytree(tiny_folder, folder)
    save_checkpoint(trainee, folder)
    return folder


def test_the_checkpoint_is_whole(saved: Path) -> None:
    checked = check_model(saved)
    assert checked.language_model == "Qwen2ForCausalLM"
    assert checked.tokenizer_ids == checked.vocabulary == SIZES["tiny"].base_tokens + 12


def test_the_size_that_is_trained_is_small_enough(tmp_path: Path) -> None:
    from math import prod

    from docpipe.models.internvl2.checkpoint.tensors import published_tensors

    config = SIZES["small"].config(tmp_path)
    count = sum(map(prod, published_tensors(config).values()))
    assert count < 30e6
    assert 2 * count < 60e6
    assert (config.vision.image_size, config.vision.patch_size, config.tokens_per_tile) == (448, 14, 256)
    assert config.use_thumbnail


def test_a_loaded_checkpoint_gives_the_trainees_logits(trainee: Trainee, saved: Path, builder: PromptBuilder) -> None:
    load_published(trainee.network, trainee.config, published_state(trainee.network, trainee.config))
    loaded = InternVL2.load(saved, dtype="float32")
    page = draw_page("receipt", 1, FACES)
    image = Image.fromarray(page.image)
    prompt = loaded.prompt("What is the total?", [image])
    wanted = loaded.logits(prompt)

    grid = builder.grid(page.width, page.height, 1, builder.config.max_tiles)
    asked = sequence(builder, "What is the total?", "1")
    example = Example(cut(page.image, grid, 224), np.zeros((grid.tiles, 256, 3), np.int16), (asked,))
    batch = collate([example], builder, 4096)
    with torch.no_grad():
        _, features = trainee.features(batch.tiles)
        assert torch.allclose(features, loaded.features(prompt.tiles), atol=1e-4)
        loss, weight = trainee.answer_loss(features, batch.groups[0])
    scores = torch.log_softmax(wanted[-1], -1)
    (first, stop) = asked.answer
    after = loaded.logits(loaded.prompt("What is the total?", [image]))
    assert torch.allclose(after, wanted)
    place = int((batch.groups[0].targets[0] == first).nonzero()[0])
    assert place == len(prompt.input_ids) - 1
    assert float(weight) == pytest.approx(2 / np.sqrt(2), rel=1e-5)
    own = torch.zeros(())
    with torch.no_grad():
        group = batch.groups[0]
        only = type(group)(
            group.ids, group.places, torch.where(group.targets == stop, -100, group.targets), group.weights
        )
        own, _ = trainee.answer_loss(features, only)
    assert float(own) == pytest.approx(-float(scores[first]) * 2**-0.5, abs=1e-3)
    assert float(loss) > float(own)


def test_questions_asked_together_are_answered_as_alone(trainee: Trainee, builder: PromptBuilder) -> None:
    model = as_internvl2(trainee, builder)
    trainee.network.eval()
    image = Image.fromarray(draw_page("form", 1, FACES).image)
    asked = [Asked("What is the date?", 5), Asked("Extract all text of this page.", 9)]
    alone = [
        model.generate(model.prompt(each.question, [image]), each.max_new_tokens, keep_tags=True) for each in asked
    ]
    assert answers(model, image, asked) == alone


def test_padding_does_not_change_a_loss(trainee: Trainee, builder: PromptBuilder) -> None:
    rng = np.random.default_rng(0)
    examples = [make_example(draw_page(kind, 1, FACES), builder, rng, 1) for kind in ("word", "block")]
    together = collate(examples, builder, 10**6)
    assert len(together.groups) == 1
    apart = collate(examples, builder, 1)
    assert len(apart.groups) == sum(len(example.sequences) for example in examples)
    with torch.no_grad():
        _, features = trainee.features(together.tiles)
        whole = trainee.answer_loss(features, together.groups[0])
        parts = [trainee.answer_loss(features, group) for group in apart.groups]
    assert float(whole[0]) == pytest.approx(sum(float(loss) for loss, _ in parts), rel=1e-4)
    assert float(whole[1]) == pytest.approx(sum(float(weight) for _, weight in parts), rel=1e-5)


def test_packed_weights_come_back_bit_for_bit(trainee: Trainee, tmp_path: Path) -> None:
    state = published_state(trainee.network, trainee.config)
    files = pack(state, 17, 3.5, tmp_path)
    assert all(file.stat().st_size <= SHARD_BYTES for file in files)
    assert sum(file.stat().st_size for file in files) < 0.85 * sum(2 * tensor.numel() for tensor in state.values())
    again, step, seconds = unpack(tmp_path)
    assert (step, seconds) == (17, 3.5)
    assert again.keys() == state.keys()
    assert all(again[name].equal(state[name]) for name in state)
