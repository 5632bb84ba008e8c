"""Whether the models of a job fit this machine's devices, told from the headers of their files."""

from pathlib import Path

from ..models.internvl2.check import check_model, largest_fitting, machine_devices, needed_bytes
from ..models.internvl2.config_file import read_config
from ..schemas.errors import MissingResourceError
from ..schemas.job_engines import InternVL2Engine
from .engine_actor import EngineSpec


def replica_bytes(settings: InternVL2Engine) -> int:
    """Memory of one replica that answers one question about its largest picture at a time.

    Raises:
        CheckpointError: its folder holds no complete InternVL2 checkpoint.
    """
    folder = Path(settings.model)
    check_model(folder)
    return needed_bytes(read_config(folder), max(vars(settings.max_tiles).values()), settings.dtype)


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
    memory, needed = device_bytes(spec), replica_bytes(settings)
    if memory is None or needed <= memory:
        return
    smaller = largest_fitting(memory)
    advice = f"{smaller} would fit, in bfloat16; or" if smaller else "no InternVL2 would fit;"
    raise MissingResourceError(
        f"engines.{spec.tasks.engine}: {settings.model} needs {needed / 1e9:.1f} GB in {settings.dtype} for each "
        f"replica, {spec.device} has {memory / 1e9:.1f} GB; {advice} serve it on several GPUs with kind: openai"
    )
