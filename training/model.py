"""The network with its reading head, its losses, and its way into the published folder layout."""

import json
import math
from pathlib import Path

import torch
from safetensors.torch import save_file
from torch import Tensor, nn

from ..models.internvl2.checkpoint.config import CheckpointConfig
from ..models.internvl2.checkpoint.config_file import read_config
from ..models.internvl2.checkpoint.synthesize import _PREPROCESSOR as PREPROCESSOR
from ..models.internvl2.checkpoint.tensors import published_tensors
from ..models.internvl2.model import InternVL2
from ..models.internvl2.network.modules import Network, empty_network
from ..models.internvl2.network.normalize import normalise
from ..models.internvl2.network.tensor_mapping import native_parts
from ..models.internvl2.processor.chat_template import chat_template
from ..models.internvl2.processor.prompt import PromptBuilder
from ..models.internvl2.tokenizer.load import load_tokenizer
from .batches import Batch, Group
from .characters import NOTHING, SLOTS, classes
from .sizes import ModelSize


class Trainee(nn.Module):
    """The network as `InternVL2` computes it, and a head that reads characters off the vision tower's patches.

    The head gives the tower something to learn before the language model can use what it sees; it is not saved with
    the checkpoint.
    """

    def __init__(self, config: CheckpointConfig, device: torch.device, seed: int = 0) -> None:
        super().__init__()
        self.config = config
        self.network: Network = empty_network(config, torch.float32, device, "sdpa")
        self.network.to_empty(device=device)
        self.network.requires_grad_(True)
        self.network.train()
        width = config.vision.hidden_size
        self.reader = nn.Sequential(nn.LayerNorm(width), nn.Linear(width, SLOTS * classes())).to(device)
        initialise(self, seed)

    def features(self, tiles: Tensor) -> tuple[Tensor, Tensor]:
        """Patches (tiles, patches, width) of the tower and what stands for them in prompts (tiles, tokens, width)."""
        pixels = normalise(tiles, device=tiles.device, dtype=torch.float32)
        model = self.network.model
        patches = model.vision_tower(pixel_values=pixels).last_hidden_state[:, 1:]
        side = math.isqrt(patches.shape[1])
        square = patches.reshape(len(patches), side, side, -1)
        shuffled = model.pixel_shuffle(square, scale_factor=1 / self.config.downsample)
        return patches, model.multi_modal_projector(shuffled.flatten(1, 2))

    def reading_loss(self, patches: Tensor, labels: Tensor) -> tuple[Tensor, Tensor]:
        """The loss of the reading head, and the share of characters that it reads."""
        scores = self.reader(patches).unflatten(-1, (SLOTS, -1)).flatten(0, 2).float()
        wanted = labels.flatten().long()
        each = nn.functional.cross_entropy(scores, wanted, ignore_index=-100, reduction="none")
        ink, blank = wanted > NOTHING, wanted == NOTHING
        # Most slots are empty: together they count as much as a fifth of the others.
        loss = (each * ink).sum() / ink.sum().clamp(min=1) + 0.2 * (each * blank).sum() / blank.sum().clamp(min=1)
        right = ((scores.argmax(-1) == wanted) & ink).sum() / ink.sum().clamp(min=1)
        return loss, right

    def answer_loss(self, features: Tensor, group: Group) -> tuple[Tensor, Tensor]:
        """Weighted sum of the answers' losses, and the sum of the weights."""
        embedded = self.network.get_input_embeddings()(group.ids)
        flat = features.flatten(0, 1).to(embedded.dtype)
        seen = (group.places >= 0)[..., None]
        embedded = torch.where(seen, flat[group.places.clamp(min=0)], embedded)
        positions = torch.arange(embedded.shape[1], device=embedded.device)[None]
        # Padding stands at the right, where causal attention does not see it: no mask is needed.
        hidden = self.network.model.language_model(
            inputs_embeds=embedded, position_ids=positions, use_cache=False
        ).last_hidden_state
        chosen = group.targets >= 0
        scores = self.network.lm_head(hidden[chosen]).float()
        each = nn.functional.cross_entropy(scores, group.targets[chosen], reduction="none")
        weights = group.weights[chosen]
        return (each * weights).sum(), weights.sum()


def batch_to(batch: Batch, device: torch.device) -> Batch:
    def move(tensor: Tensor) -> Tensor:
        return tensor.to(device, non_blocking=True)

    groups = tuple(Group(*map(move, (g.ids, g.places, g.targets, g.weights))) for g in batch.groups)
    return Batch(move(batch.tiles), move(batch.characters), groups)


@torch.no_grad()
def initialise(trainee: Trainee, seed: int) -> None:
    """Normal weights with variance 1 / columns, embeddings with 0.02, outputs of residual branches made smaller."""
    generator = torch.Generator().manual_seed(seed)
    config = trainee.config
    deep = {"vision_tower": config.vision.layers, "language_model": config.text.layers}
    for name, parameter in trainee.named_parameters():
        if parameter.ndim == 1 or name.endswith(("lambda_1", "lambda_2")):
            nn.init.constant_(parameter, 0.0 if name.endswith("bias") else 1.0)
            continue
        std = 1 / math.sqrt(parameter[0].numel())
        if name.endswith(("embed_tokens.weight", "cls_token", "position_embeddings", "lm_head.weight")):
            std = 0.02
        if name.endswith(("o_proj.weight", "down_proj.weight", "projection_layer.weight", "fc2.weight")):
            part = "vision_tower" if "vision_tower" in name else "language_model"
            std /= math.sqrt(2 * deep[part])
        values = torch.randn(parameter.shape, generator=generator) * std
        parameter.copy_(values.to(parameter.device))


def prompt_builder(folder: Path) -> PromptBuilder:
    """The prompts of a folder that has config.json and a tokenizer."""
    config = read_config(folder)
    return PromptBuilder(config, load_tokenizer(folder), chat_template(config.template))


def as_internvl2(trainee: Trainee, builder: PromptBuilder) -> InternVL2:
    """The same weights behind the interface that the product has."""
    return InternVL2(builder.config, builder, trainee.network)


def write_config(folder: Path, size: ModelSize) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    stop = size.config_json()["llm_config"]["eos_token_id"]
    for name, values in (
        ("config.json", size.config_json()),
        ("generation_config.json", {"eos_token_id": [stop], "transformers_version": "4.37.2"}),
        ("preprocessor_config.json", {**PREPROCESSOR, "crop_size": size.image_size, "size": size.image_size}),
    ):
        (folder / name).write_text(json.dumps(values, indent=2) + "\n", encoding="utf-8")


@torch.no_grad()
def published_state(network: Network, config: CheckpointConfig) -> dict[str, Tensor]:
    """The network's weights by their published names, in bfloat16 on the processor."""
    native = network.state_dict()
    state = {}
    for name, shape in published_tensors(config).items():
        # A published tensor is its native parts below one another: qkv is q, k and v.
        parts = [native[part] for part in native_parts(name, config)]
        joined = torch.cat(parts) if len(parts) > 1 else parts[0]
        state[name] = joined.reshape(shape).to("cpu", torch.bfloat16).contiguous()
    return state


@torch.no_grad()
def load_published(network: Network, config: CheckpointConfig, state: dict[str, Tensor]) -> None:
    native = network.state_dict()
    for name, tensor in state.items():
        for part, take in native_parts(name, config).items():
            native[part].copy_(take(tensor).reshape(native[part].shape))


def save_checkpoint(trainee: Trainee, folder: Path) -> None:
    """Write model.safetensors beside the folder's configuration and tokenizer."""
    part = folder / "model.safetensors.part"
    save_file(published_state(trainee.network, trainee.config), part, {"format": "pt"})
    part.replace(folder / "model.safetensors")
