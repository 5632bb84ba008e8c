"""A model of two layers and random weights that sees images and writes printable ASCII, laid out like a cache."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

NAME = "tiny/vlm"
_REVISION = "0123456789abcdef0123456789abcdef01234567"
_SPECIAL = ["<pad>", "<end>", "<image>"]
_TEMPLATE = (
    "{% for message in messages %}{% for part in message.content %}"
    "{% if part.type == 'image' %}<image>{% else %}{{ part.text }}{% endif %}"
    "{% endfor %}{% endfor %}"
)
_SIDE, _PATCH = 28, 14


def make(cache: Path) -> Path:
    """Write the model into `cache`, a folder for HF_HOME; returns the model's own folder."""
    import torch
    from transformers import (
        CLIPImageProcessorPil,
        CLIPVisionConfig,
        LlamaConfig,
        LlavaConfig,
        LlavaForConditionalGeneration,
        LlavaProcessor,
    )

    repository = cache / "hub" / f"models--{NAME.replace('/', '--')}"
    folder = repository / "snapshots" / _REVISION
    (repository / "refs").mkdir(parents=True)
    (repository / "refs" / "main").write_text(_REVISION)
    tokenizer = _tokenizer()
    LlavaProcessor(
        image_processor=CLIPImageProcessorPil(
            size={"shortest_edge": _SIDE}, crop_size={"height": _SIDE, "width": _SIDE}
        ),
        tokenizer=tokenizer,
        patch_size=_PATCH,
        vision_feature_select_strategy="default",
        num_additional_image_tokens=1,
        chat_template=_TEMPLATE,
    ).save_pretrained(folder)
    torch.manual_seed(3)
    sizes = {"intermediate_size": 64, "num_hidden_layers": 2, "num_attention_heads": 2}
    model = LlavaForConditionalGeneration(
        LlavaConfig(
            vision_config=CLIPVisionConfig(hidden_size=16, image_size=_SIDE, patch_size=_PATCH, **sizes),
            text_config=LlamaConfig(vocab_size=len(tokenizer), hidden_size=32, initializer_range=0.5, **sizes),
            image_token_index=_SPECIAL.index("<image>"),
        )
    )
    printable = [tokenizer.convert_tokens_to_ids(chr(code)) for code in range(33, 127)]
    with torch.no_grad():
        others = torch.ones(len(tokenizer), dtype=torch.bool)
        others[printable] = False
        model.lm_head.weight[others] = 0
    model.generation_config.eos_token_id = _SPECIAL.index("<end>")
    model.generation_config.pad_token_id = _SPECIAL.index("<pad>")
    model.save_pretrained(folder)
    return folder


def answer(folder: Path, parts: Sequence[str | NDArray[np.uint8]], tokens: int) -> str:
    """What the model itself writes about texts and images in this order."""
    import torch
    from transformers import LlavaForConditionalGeneration, LlavaProcessor

    model: Any = LlavaForConditionalGeneration.from_pretrained(folder)
    processor: Any = LlavaProcessor.from_pretrained(folder)
    content = [
        {"type": "text", "text": part} if isinstance(part, str) else {"type": "image", "image": Image.fromarray(part)}
        for part in parts
    ]
    inputs = processor.apply_chat_template(
        [{"role": "user", "content": content}],
        add_generation_prompt=True,
        tokenize=True,
        return_dict=True,
        return_tensors="pt",
    )
    with torch.no_grad():
        ids = model.generate(**inputs, max_new_tokens=tokens, do_sample=False)
    return str(processor.decode(ids[0, inputs["input_ids"].shape[1] :], skip_special_tokens=True))


def _tokenizer() -> Any:
    """A token for each byte."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import PreTrainedTokenizerFast

    alphabet = pre_tokenizers.ByteLevel.alphabet()
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)  # type: ignore[assignment]
    tokenizer.decoder = decoders.ByteLevel()  # type: ignore[assignment]
    tokenizer.train_from_iterator([], trainers.BpeTrainer(special_tokens=_SPECIAL, initial_alphabet=alphabet))  # type: ignore[call-arg]
    return PreTrainedTokenizerFast(tokenizer_object=tokenizer, eos_token="<end>", pad_token="<pad>")
