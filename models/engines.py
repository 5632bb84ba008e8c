"""Engines by their settings in job.yaml."""

from collections.abc import Mapping

from ..schemas.job.engines import Engine as EngineSettings
from ..schemas.job.engines import InternVL2Engine
from .engine import Engine, ImageProcessor


def image_processor(settings: EngineSettings) -> ImageProcessor:
    """What makes images for the engine; light enough for every CPU worker."""
    if isinstance(settings, InternVL2Engine):
        from .internvl2.engine import TileProcessor

        return TileProcessor(settings.model)
    from .openai.images import prepare_file

    return prepare_file


def serve(settings: EngineSettings, name: str, device: str, threads: int | None = None) -> Engine:
    """The engine in service.

    Args:
        name: in the job, for messages.
        device: `cpu` or `cuda`, for engines that compute here.
        threads: processor threads for them.

    Raises:
        CommandError: the model, the device, the server or the key is not there.
    """
    if isinstance(settings, InternVL2Engine):
        from .internvl2.engine import InternVL2Served

        return InternVL2Served(settings, device, threads)
    from .openai.check import read_key
    from .openai.engine import OpenAIServed

    key = read_key(settings, name)
    return OpenAIServed(settings.base_url, settings.model, key, max_in_flight=settings.max_in_flight)


def check(settings: EngineSettings, name: str) -> None:
    """Look, before a job starts, whether the server of an engine is there; folders are looked at by `identity`.

    Raises MissingResourceError.
    """
    if not isinstance(settings, InternVL2Engine):
        from .openai.check import check

        check(settings, name)


def identity(settings: EngineSettings) -> Mapping[str, str]:
    """The identity of the model, as far as it affects results.

    Raises:
        CommandError: the folder contains no complete model.
    """
    if isinstance(settings, InternVL2Engine):
        from .internvl2.engine import identity

        return {**identity(settings.model), "dtype": settings.dtype}
    return {"name": settings.model}


def model_name(settings: EngineSettings) -> str:
    """The model's name in the tables."""
    if isinstance(settings, InternVL2Engine):
        return settings.model.rstrip("/").rsplit("/", 1)[-1]
    return settings.model
