"""Of which families `vllm serve`, which takes the folder's stock tokenizer, gets docpipe's own token ids."""

from pathlib import Path

import pytest
from docpipe.models.internvl2.checkpoint.config_file import read_config
from docpipe.models.internvl2.processor.chat_template import chat_prompt, chat_template
from docpipe.models.internvl2.tokenizer.load import load_tokenizer

from .checkpoints import checkpoint

pytestmark = [pytest.mark.vllm, pytest.mark.timeout(900)]

QUESTIONS = ("What is the total of 12.50 EUR?", 'Wer ist «Müller & Söhne»?\nAnswer in JSON: {"a": [1]}', "总额是多少？")
DIFFERS = "spaces beside the tokens of the template come out differently"


@pytest.mark.parametrize(
    ("name", "begin"),
    [
        ("1B", ""),
        ("2B", "<s>"),
        ("26B", "<s>"),
        ("76B", "<|begin_of_text|>"),
        pytest.param("4B", "<s>", marks=pytest.mark.xfail(reason=DIFFERS, strict=True)),
        pytest.param("40B", "", marks=pytest.mark.xfail(reason=DIFFERS, strict=True)),
    ],
)
def test_a_stock_tokenizer_makes_the_same_ids_of_a_prompt_with_its_first_token(
    name: str, begin: str, tmp_path: Path
) -> None:
    from docpipe.models.vllm.plugin import register
    from transformers import AutoTokenizer

    register()
    folder = checkpoint(name, tmp_path / "model")
    stock, own, template = AutoTokenizer.from_pretrained(folder), load_tokenizer(folder), read_config(folder).template
    texts = [chat_prompt(chat_template(template), f"<image>\n{question}", [1], 1) for question in QUESTIONS]
    ids = [stock.encode(begin + text, add_special_tokens=False) for text in texts]
    assert ids == [list(own.encode(text)) for text in texts]
