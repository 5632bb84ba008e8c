"""A tiny trainee: its tokenizer, its folder, its weights."""

from pathlib import Path

import pytest
import torch
from docpipe.evaluation.synthetic.fonts import built_in_faces
from docpipe.models.internvl2.processor.prompt import PromptBuilder
from docpipe.training.model import Trainee, prompt_builder, write_config
from docpipe.training.sizes import SIZES
from docpipe.training.tokenizer import train_tokenizer


@pytest.fixture(scope="session")
def tiny_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tiny")
    write_config(folder, SIZES["tiny"])
    train_tokenizer(folder, built_in_faces(), SIZES["tiny"].base_tokens, pages=60)
    return folder


@pytest.fixture(scope="session")
def builder(tiny_folder: Path) -> PromptBuilder:
    return prompt_builder(tiny_folder)


@pytest.fixture
def trainee(builder: PromptBuilder) -> Trainee:
    return Trainee(builder.config, torch.device("cpu"))
