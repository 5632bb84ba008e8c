"""Whether the models of a job fit this machine's devices, told from the headers of their files."""

from pathlib import Path

from ..models.internvl2.check import CheckedModel, cache_bytes, check_model, largest_fitting, machine_devices
from ..models.internvl2.config import read_config
from ..schemas.errors import MissingResourceError
from ..schemas.job_engines import InternVL2Engine
from .engine_actor import EngineSpec

_BYTES = {"float32": 4, "bfloat16": 2, "float16": 2}
# Template, question and answer beside the tiles of one picture; and activations, as a share of the rest.
_TEXT_TOKENS, _HEADROOM = 2048, 1.1


def needed_bytes(settings: InternVL2Engine, checked: CheckedModel) -> int:
    """Memory of one replica that answers one question about its largest picture at a time."""
    tiles = max(vars(settings.max_tiles).values()) + checked.thumbnail
    tokens = tiles * checked.tokens_per_tile + _TEXT_TOKENS
    cache = cache_bytes(read_config(Path(settings.model)), tokens) * _BYTES[settings.dtype] // 2
    return int(_HEADROOM * (checked.weight_bytes[settings.dtype] + cache))


def device_bytes(spec: EngineSpec) -> int | None:
    """Memory of this machine that one replica may fill; None where a GPU does not state it."""
    devices = dict(machine_devices())
    if spec.device == "cpu":
        memory = devices["cpu"]
        return None if memory is None else memory // spec.replicas
    stated = [memory for name, memory in devices.items() if name.startswith("cuda") and memory is not None]
    return int(min(stated) * min(spec.gpus, 1)) if stated else None


def check_fits(spec: EngineSpec) -> None:
    """Raises MissingResourceError, with what would fit, where a model is too large for its device."""
    settings = spec.settings
    if not isinstance(settings, InternVL2Engine):
        return
    memory, needed = device_bytes(spec), needed_bytes(settings, check_model(Path(settings.model)))
    if memory is None or needed <= memory:
        return
    smaller = largest_fitting(memory)
    advice = f"{smaller} would fit, in bfloat16; or" if smaller else "no InternVL2 would fit;"
    raise MissingResourceError(
        f"engines.{spec.tasks.engine}: {settings.model} needs {needed / 1e9:.1f} GB in {settings.dtype} for each "
        f"replica, {spec.device} has {memory / 1e9:.1f} GB; {advice} serve it on several GPUs with kind: openai"
    )
