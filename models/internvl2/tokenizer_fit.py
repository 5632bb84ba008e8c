"""Whether a tokenizer belongs to the model beside it."""

from .config import CheckpointConfig
from .errors import CheckpointError
from .templates import chat_template
from .tokenizer import Tokenizer

IMAGE_TOKEN = "<IMG_CONTEXT>"


def check_tokenizer(config: CheckpointConfig, tokenizer: Tokenizer) -> None:
    """Raise `CheckpointError` unless every id has a row in the embedding and the tokens of prompts are there."""
    if len(tokenizer) > config.text.vocab_size:
        raise CheckpointError(
            f"{config.folder}: its tokenizer has {len(tokenizer)} ids, the embedding {config.text.vocab_size} rows: "
            f"the tokenizer's files do not belong to the model"
        )
    for token in ("<img>", "</img>", IMAGE_TOKEN, "<ref>", "</ref>", "<box>", "</box>"):
        tokenizer.token_id(token)
    tokenizer.token_id(chat_template(config.template).stop)
