"""Prompts and tokens of one folder for vLLM, made by docpipe's own tokenizers; needs no weights."""

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ..engine import Outcome
from ..internvl2.checkpoint.config_file import read_config
from ..internvl2.errors import PromptTooLongError
from ..internvl2.processor.chat_template import chat_template
from ..internvl2.processor.prompt import IMAGE_TOKEN, PromptBuilder, check_tokenizer
from ..internvl2.serving.outputs import ServedAnswer
from ..internvl2.tokenizer.load import load_tokenizer


class FolderPrompts:
    """What goes into and comes out of a model, as `InternVL2` has it."""

    def __init__(self, folder: str | Path, most_tokens: int) -> None:
        """
        Args:
            most_tokens: tokens of a prompt with its answer that the engine takes.

        Raises:
            CheckpointError: the folder contains no complete InternVL2.
        """
        self.config = read_config(Path(folder))
        self._builder = PromptBuilder(self.config, load_tokenizer(Path(folder)), chat_template(self.config.template))
        check_tokenizer(self.config, self._builder.tokenizer)
        self.image_token = self._builder.tokenizer.token_id(IMAGE_TOKEN)
        self.stop_token = self._builder.tokenizer.token_id(self._builder.template.stop)
        self._most_tokens = most_tokens

    def encode(self, question: str, tiles: Sequence[int]) -> list[int]:
        """Token ids of a question about images with these numbers of tiles.

        Raises:
            PromptTooLongError: there is no room for an answer.
            ValueError: the question holds a token of the template.
        """
        ids = self._builder.encode(self._builder.text(question, tiles), sum(tiles))
        if len(ids) >= self._most_tokens:
            raise PromptTooLongError(
                f"the prompt has {len(ids):,} tokens with {sum(tiles)} tiles, the engine takes {self._most_tokens:,} "
                "with the answer; lower max_tiles or shorten the question"
            )
        return ids

    def room(self, prompt_tokens: int, wanted: int) -> int:
        """New tokens that an answer may have."""
        return min(wanted, self._most_tokens - prompt_tokens)

    def answer(
        self,
        ids: Sequence[int],
        logprobs: Sequence[float],
        outcome: Outcome,
        message: str = "",
        *,
        sampled: bool = False,
    ) -> ServedAnswer:
        """An answer of these tokens, the stop token last where the model wrote it.

        Its confidence is the geometric mean of the tokens' probabilities, the stop token's among them; a sampled
        answer has none.
        """
        kept = list(ids[: ids.index(self.stop_token)] if self.stop_token in ids else ids)
        text, tagged = (
            self._builder.tokenizer.decode(kept, skip_special_tokens=skip).strip() for skip in (True, False)
        )
        confidence = None if sampled else confidence_of(logprobs)
        return ServedAnswer(text, tagged, confidence, outcome, message, len(ids), list(ids))


def confidence_of(logprobs: Sequence[float]) -> float | None:
    """The geometric mean of probabilities; None of none, or where one is not a number."""
    if not logprobs or not all(math.isfinite(value) for value in logprobs):
        return None
    return min(1.0, math.exp(sum(logprobs) / len(logprobs)))


def logprobs_of(output: Any) -> list[float]:
    """The log-probabilities of the tokens of a `CompletionOutput`."""
    found = output.logprobs or []
    return [float(of_token[token].logprob) for of_token, token in zip(found, output.token_ids, strict=False)]
