"""What is trained on is what the product will see: the same tiles, the same token ids, the operators' prompts."""

import numpy as np
import pytest
from docpipe.evaluation.synthetic import KINDS, draw_page
from docpipe.evaluation.synthetic.fonts import built_in_faces
from docpipe.models.internvl2.processor.prompt import PromptBuilder
from docpipe.models.internvl2.processor.tiles import cut_tiles, rgb_image
from docpipe.models.internvl2.processor.tiling import TileGrid, choose_grid
from docpipe.training import prompts
from docpipe.training.batches import Batches, Plan, collate
from docpipe.training.characters import IGNORED, alphabet, slots
from docpipe.training.curriculum import weights
from docpipe.training.examples import cut, image_token, make_example, turns
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

FACES = built_in_faces()


@pytest.mark.parametrize("kind", ["receipt", "bar"])
def test_tiles_are_those_of_the_product(kind: str) -> None:
    page = draw_page(kind, 1, FACES)
    grid = choose_grid(page.width, page.height, max_tiles=6, tile_size=224)
    assert np.array_equal(cut(page.image, grid, 224), cut_tiles(rgb_image(Image.fromarray(page.image)), grid, 224))


@pytest.mark.parametrize("kind", KINDS)
def test_token_ids_are_those_of_the_product(kind: str, builder: PromptBuilder) -> None:
    page = draw_page(kind, 2, FACES)
    example = make_example(page, builder, np.random.default_rng(0), 2)
    batch = collate([example], builder, 4096)
    asked = turns(page, np.random.default_rng(0), 2)
    rows = [row[row >= 0].tolist() for group in batch.groups for row in group.targets]
    for question, answer in asked:
        prompt = builder.build(question, [Image.fromarray(page.image)])
        stop = builder.tokenizer.token_id(builder.template.stop)
        wanted = [*builder.tokenizer.encode(answer), stop]
        if wanted not in rows:
            assert len(wanted) > 700
            continue
        matches = [
            group.ids[row].tolist()[: len(prompt.input_ids)]
            for group in batch.groups
            for row in range(len(group.ids))
            if group.targets[row][group.targets[row] >= 0].tolist() == wanted
        ]
        assert prompt.input_ids in matches
        assert prompt.input_ids.count(image_token(builder)) == len(example.tiles) * builder.config.tokens_per_tile


def test_every_character_stands_in_the_patch_that_shows_it() -> None:
    page = draw_page("receipt", 3, FACES, 0.0)
    labels = slots(page, 2, 3, True, 448, 14)
    assert labels.shape == (7, 1024, 3)
    assert (labels[-1] == IGNORED).all()
    names = {number: letter for letter, number in alphabet().items()}
    found = sorted(names[value] for value in labels[:6].ravel().tolist() if value > 1)
    wanted = sorted(page.text.replace("\n", "").replace(" ", ""))
    assert found == wanted
    first = page.lines[0]
    x, y = first.centres[0] * (2 * 448 / page.width, 3 * 448 / page.height)
    tile, patch = int(y // 448) * 2 + int(x // 448), int(y % 448 // 14) * 32 + int(x % 448 // 14)
    assert alphabet()[first.text[0]] in labels[tile, patch]


def test_a_batch_depends_on_its_number_alone(builder: PromptBuilder) -> None:
    dataset = Batches(builder, FACES, Plan(seed=1, tiles=4), steps=100)
    first, again, other = dataset[50], dataset[50], dataset[51]
    assert first.tiles.equal(again.tiles)
    assert first.groups[0].ids.equal(again.groups[0].ids)
    assert not (first.tiles.shape == other.tiles.shape and first.tiles.equal(other.tiles))


@given(st.floats(0, 1))
def test_the_curriculum_is_a_distribution_over_known_kinds(progress: float) -> None:
    kinds = weights(progress)
    assert set(kinds) <= set(KINDS)
    assert sum(kinds.values()) == pytest.approx(1)
    assert all(weight > 0 for weight in kinds.values())


def test_the_curriculum_begins_with_words_and_ends_with_documents() -> None:
    assert weights(0) == {"word": 1}
    assert {"receipt", "invoice", "letter", "form", "table", "bar", "line", "pie"} <= set(weights(1))


def test_grounding_answers_are_read_by_the_products_parser() -> None:
    from docpipe.models.boxes.parse import parse_boxes

    answer = prompts.grounding_answer("Total 1", (10, 20, 110, 40), 200, 100)
    (box,) = parse_boxes(answer).boxes
    assert (box.label, box.bbox) == ("Total 1", (0.05, 0.2, 0.55, 0.4))


def test_a_grid_of_one_tile_has_no_thumbnail() -> None:
    page = draw_page("word", 1, FACES)
    assert cut(page.image, TileGrid(1, 1, False), 224).shape == (1, 224, 224, 3)
