"""The kinds of engines under `engines` in job.yaml, as they are checked, identified and served."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from ..schemas.job.engines import (
    CheckpointEngine,
    EngineSettings,
    InternVL2Engine,
    OpenAIEngine,
    VllmEngine,
    settings_class,
)
from .engine import Engine, EngineLimits, ImageProcessor
from .precision import chosen_dtype

Settings = TypeVar("Settings", bound=EngineSettings)


@dataclass(frozen=True)
class EngineKind:
    """How engines of one kind are used. The functions take the engine's section of job.yaml; imports are lazy.

    Attributes:
        settings: class of the section.
        model_name: name of the model in the tables.
        identity: identity of the model, as far as it affects results; raises CommandError if it is not complete.
        check: looks, before a job starts, whether what the engine needs is there; takes the engine's name in the job
            too, for messages. Raises MissingResourceError.
        image_processor: makes images for the engine; light enough for every CPU worker.
        serve: the engine in service; takes its name in the job, the device (`cpu`, `cuda`, or `remote` for a server),
            the number of CPU threads (None for as many as it likes) and the limits of its requests. Raises
            CommandError if the model, the device, the server or the key is missing.
        needed_bytes: memory of one replica whose images have this number of tiles; None for a server.
        spans_gpus: whether one replica can share a model among several GPUs.
        thumbnail: whether an image of several tiles gets a thumbnail as one more tile.
        packages: packages that must be installed beyond those of docpipe itself.
        fix: what to do where one is missing, for `docpipe doctor`.
    """

    settings: type[EngineSettings]
    model_name: Callable[[Any], str]
    identity: Callable[[Any], Mapping[str, str]]
    check: Callable[[Any, str], None]
    image_processor: Callable[[Any], ImageProcessor]
    serve: Callable[[Any, str, str, int | None, EngineLimits], Engine]
    needed_bytes: Callable[[Any, int], int] | None = None
    spans_gpus: bool = False
    thumbnail: Callable[[Any], bool] = lambda _: True
    packages: tuple[str, ...] = ()
    fix: str = ""


def kind_of(settings: EngineSettings) -> EngineKind:
    """The kind of an engine, which may come from another package; raises KeyError for settings of no kind."""
    return ENGINE_KINDS[settings.kind] if settings.kind in ENGINE_KINDS else _other_kind(settings.kind)


def placed(settings: Settings, device: str) -> Settings:
    """The section with what `auto` stands for on a device: `cpu`, `cuda` or `remote`."""
    if not isinstance(settings, CheckpointEngine):
        return settings
    return settings.model_copy(update={"dtype": chosen_dtype(settings.dtype, device)})


def _other_kind(name: str) -> EngineKind:
    section = settings_class(name)
    if not issubclass(section, EngineSettings):
        raise KeyError(name)
    return EngineKind(
        settings=section,
        model_name=lambda settings: settings.model,
        identity=_other_identity,
        check=lambda settings, engine: None,
        image_processor=_other_processor,
        serve=_serve_other,
    )


def _other_identity(settings: EngineSettings) -> Mapping[str, str]:
    from .installed import installed_identity

    return installed_identity(settings)


def _other_processor(settings: EngineSettings) -> ImageProcessor:
    from .installed import rgb_input

    return rgb_input


def _serve_other(settings: EngineSettings, name: str, device: str, threads: int | None, limits: EngineLimits) -> Engine:
    from .installed import InstalledAnswers

    return InstalledAnswers(settings, name, device, threads)


def _folder_name(settings: InternVL2Engine | VllmEngine) -> str:
    return settings.model.rstrip("/").rsplit("/", 1)[-1]


def _tile_processor(settings: InternVL2Engine | VllmEngine) -> ImageProcessor:
    from .internvl2.engine import TileProcessor

    return TileProcessor(settings.model)


def _serve_internvl2(
    settings: InternVL2Engine, name: str, device: str, threads: int | None, limits: EngineLimits
) -> Engine:
    from .internvl2.engine import InternVL2Served

    return InternVL2Served(settings, device, threads, limits)


def _internvl2_identity(settings: InternVL2Engine) -> Mapping[str, str]:
    from .internvl2.engine import identity

    return {**identity(settings.model), "dtype": settings.dtype}


def _internvl2_bytes(settings: InternVL2Engine, tiles: int) -> int:
    from .internvl2.engine import replica_bytes

    return replica_bytes(settings, tiles)


def _thumbnail(settings: InternVL2Engine | VllmEngine) -> bool:
    from pathlib import Path

    from .internvl2.checkpoint.config_file import read_config

    return read_config(Path(settings.model)).use_thumbnail


def _vllm_check(settings: VllmEngine, name: str) -> None:
    from .vllm.check import check

    check(settings, name)


def _vllm_identity(settings: VllmEngine) -> Mapping[str, str]:
    from .vllm.check import engine_identity

    return engine_identity(settings)


def _vllm_bytes(settings: VllmEngine, tiles: int) -> int:
    from .vllm.check import replica_bytes

    return replica_bytes(settings, tiles)


def _serve_vllm(settings: VllmEngine, name: str, device: str, threads: int | None, limits: EngineLimits) -> Engine:
    from .vllm.engine import VllmServed

    return VllmServed(settings, name, device, threads, limits)


def _openai_check(settings: OpenAIEngine, name: str) -> None:
    from .openai.check import check

    check(settings, name)


def _openai_processor(settings: OpenAIEngine) -> ImageProcessor:
    from .openai.images import prepare_file

    return prepare_file


def _serve_openai(settings: OpenAIEngine, name: str, device: str, threads: int | None, limits: EngineLimits) -> Engine:
    from .openai.check import read_key
    from .openai.engine import OpenAIServed

    key = read_key(settings, name)
    return OpenAIServed(settings.base_url, settings.model, key, max_in_flight=settings.max_in_flight)


ENGINE_KINDS: Mapping[str, EngineKind] = {
    "internvl2": EngineKind(
        settings=InternVL2Engine,
        model_name=_folder_name,
        identity=_internvl2_identity,
        # `identity` looks whether the folder is complete.
        check=lambda settings, name: None,
        image_processor=_tile_processor,
        serve=_serve_internvl2,
        needed_bytes=_internvl2_bytes,
        thumbnail=_thumbnail,
        packages=("torch", "transformers", "sentencepiece"),
        fix="pip install 'docpipe[internvl2]'",
    ),
    "vllm": EngineKind(
        settings=VllmEngine,
        model_name=_folder_name,
        identity=_vllm_identity,
        check=_vllm_check,
        image_processor=_tile_processor,
        serve=_serve_vllm,
        needed_bytes=_vllm_bytes,
        spans_gpus=True,
        thumbnail=_thumbnail,
        packages=("vllm", "sentencepiece"),
        fix="pip install -c constraints-vllm.txt 'docpipe[vllm]', in an environment of its own; only for kind: vllm",
    ),
    "openai": EngineKind(
        settings=OpenAIEngine,
        model_name=lambda settings: settings.model,
        identity=lambda settings: {"name": settings.model},
        check=_openai_check,
        image_processor=_openai_processor,
        serve=_serve_openai,
    ),
}
"""By the value of `kind`."""
