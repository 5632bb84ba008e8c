"""The engines of job.yaml: models that tasks refer to by name."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self, get_args

from pydantic import (
    Field,
    GetPydanticSchema,
    PlainSerializer,
    ValidationError,
    ValidatorFunctionWrapHandler,
    WrapValidator,
    field_validator,
    model_validator,
)

from .installed import InstalledEngineError, engine_class, installed_kinds, origin
from .tasks import MaxNewTokens, MaxTiles
from .types import BaseUrl, Count, EnvironmentName, LocalFolder, Section, Text, line_error, mistake


class TextReaderSettings(Section):
    """The keys of OCR from another package, which reads the images of pages in a sandboxed process."""

    kind: str
    page_seconds: Annotated[float, Field(gt=0)] = Field(
        default=1.0, description="Estimated seconds for a page on its device, for planning."
    )
    device: Literal["auto", "cuda", "cpu"] = Field(
        default="cpu",
        description="`cpu`: a process in every reading worker; `cuda`: one in each of `replicas` Ray actors with a "
        "GPU; `auto` is `cuda` if there is a GPU, otherwise `cpu`.",
    )
    replicas: Count = Field(default=1, description="On GPUs: number of actors that read pages, each with a process.")
    gpus_per_replica: Annotated[float, Field(gt=0, le=1)] = Field(
        default=1, description="On GPUs: share of a GPU that each replica takes."
    )
    memory_mb: Annotated[int, Field(ge=512)] = Field(
        default=8192,
        description="On CPUs: limit of the process's address space in MiB. With a GPU there is none, since CUDA "
        "reserves more addresses than a machine has memory.",
    )

    @property
    def variables(self) -> tuple[str, ...]:
        """Names of the environment variables that its process needs, on every node."""
        return ()

    @model_validator(mode="after")
    def _placed_on_gpus(self) -> Self:
        known = type(self).model_fields
        idle = [name for name in ("replicas", "gpus_per_replica") if getattr(self, name) != known[name].default]
        if self.device == "cpu" and idle:
            raise mistake(f"{' and '.join(idle)}: every worker reads on its CPU; name device: cuda or auto")
        return self


Dtype = Literal["auto", "bfloat16", "float16", "float32"]


class EngineSettings(Section):
    """The keys that every engine which answers requests about images has."""

    kind: str
    model: str
    max_tiles: MaxTiles = Field(default=MaxTiles(), description="Maximum number of tiles for each image, by task.")
    max_new_tokens: MaxNewTokens = Field(
        default=MaxNewTokens(), description="Maximum number of generated tokens for each request, by task."
    )
    request_seconds: Annotated[float, Field(gt=0)] = Field(
        default=600,
        description="Deadline of a request in wall-clock seconds; after it the request fails with `timeout`.",
    )

    @property
    def variables(self) -> tuple[str, ...]:
        """Names of the environment variables that the engine needs on every node."""
        return ()

    @property
    def paths(self) -> tuple[str, ...]:
        """Keys that contain local paths; relative ones are relative to the folder of job.yaml."""
        return ()


class LocalEngine(EngineSettings):
    """The keys of an engine whose actors compute on this machine or in the Ray cluster."""

    device: Literal["auto", "cuda", "cpu"] = Field(
        default="auto", description="`auto` is `cuda` if there is a GPU, otherwise `cpu`."
    )
    replicas: Count = Field(
        default=1, description="Number of actors that load the model; it does not change during a run."
    )
    gpus_per_replica: Annotated[float, Field(ge=0)] = Field(
        default=1, description="GPUs of each replica; replicas with a fraction share a GPU."
    )


class RemoteEngine(EngineSettings):
    """The keys of an engine that sends its requests to a server."""

    max_in_flight: Count = Field(
        default=16,
        description="Maximum number of requests in flight; raise it until the server is fully used.",
    )


class CheckpointEngine(LocalEngine):
    """The keys of an engine that loads a checkpoint of InternVL2 from a local folder."""

    model: LocalFolder = Field(
        description="Local folder with the checkpoint in the published layout. Nothing is downloaded, and "
        "no code in the folder is run."
    )
    dtype: Dtype = Field(
        default="bfloat16",
        description="Data type of the weights in memory. `auto` is `bfloat16` on GPUs and on processors that multiply "
        "it natively (AMX, AVX-512 with bfloat16), else `float32`; what it chose stands in the run's record, and a job "
        "may go on on another machine. A data type that is named is part of the job.",
    )

    @property
    def paths(self) -> tuple[str, ...]:
        return ("model",)


class InternVL2Engine(CheckpointEngine):
    """InternVL2, loaded on this machine or in the Ray cluster."""

    kind: Literal["internvl2"] = Field(description="`internvl2`.")


class VllmEngine(CheckpointEngine):
    """InternVL2, served by the vLLM library in the engine's own process (`docpipe[vllm]`)."""

    kind: Literal["vllm"] = Field(description="`vllm`.")
    quantization: Literal["fp8"] | None = Field(
        default=None,
        description="`fp8` rounds the weights of linear layers to 8 bits while they are loaded; GPUs only.",
    )
    gpus_per_replica: Annotated[float, Field(ge=0)] = Field(
        default=1,
        description="GPUs of each replica: a whole number shares the model among them (tensor parallelism); replicas "
        "with a fraction share a GPU.",
    )
    start_seconds: Annotated[float, Field(gt=0)] = Field(
        default=1800,
        description="Deadline for loading the model, in wall-clock seconds; an engine that is not ready then ends the "
        "job.",
    )

    @field_validator("gpus_per_replica")
    @classmethod
    def _whole_gpus(cls, value: float) -> float:
        if value > 1 and value != int(value):
            raise mistake(f"{value:g}: a model is shared among whole GPUs; name a whole number, or 1 or less")
        return value

    @property
    def gpus(self) -> int:
        """Number of GPUs among which a replica shares the model."""
        return max(1, int(self.gpus_per_replica))


class OpenAIEngine(RemoteEngine):
    """Any server that implements the OpenAI protocol: vLLM, LMDeploy, SGLang, `transformers serve`."""

    kind: Literal["openai"] = Field(description="`openai`.")
    model: Text = Field(description="Name under which the server offers the model.")
    base_url: BaseUrl = Field(description="URL of the server's API, usually ending in `/v1`, without credentials.")
    api_key_env: EnvironmentName | None = Field(
        default=None,
        description="Name of the environment variable that contains the API key; null for a server without keys.",
    )
    max_tiles: MaxTiles = Field(
        default=MaxTiles(),
        description="Maximum number of tiles for each image, by task. The server cuts the tiles; the image is sent "
        "scaled down to the resolution that this number of tiles can show.",
    )
    request_seconds: Annotated[float, Field(gt=0)] = Field(
        default=600,
        description="Deadline of a request with all its retries, in wall-clock seconds; after it the request "
        "fails with `timeout`.",
    )

    @property
    def variables(self) -> tuple[str, ...]:
        return () if self.api_key_env is None else (self.api_key_env,)


_BuiltIn = Annotated[InternVL2Engine | VllmEngine | OpenAIEngine, Field(discriminator="kind")]
BUILT_IN_KINDS: tuple[str, ...] = tuple(
    get_args(section.model_fields["kind"].annotation)[0] for section in get_args(get_args(_BuiltIn)[0])
)


def _settings(value: Any, built_in: ValidatorFunctionWrapHandler) -> Any:
    """Check the section by the class of its kind, which may be that of another package."""
    if isinstance(value, EngineSettings | TextReaderSettings):
        return value
    kind = value.get("kind") if isinstance(value, Mapping) else None
    if kind in BUILT_IN_KINDS or kind not in installed_kinds():
        return built_in(value)
    try:
        return settings_class(kind).model_validate(value)
    except ValidationError as error:
        # The location contains the kind, as for engines of docpipe itself.
        details = [{**item, "loc": (kind, *item["loc"])} for item in error.errors(include_url=False)]
        raise ValidationError.from_exception_data(kind, [line_error(item) for item in details]) from None
    except InstalledEngineError as error:
        raise mistake(str(error)) from None


def settings_class(kind: str) -> type[EngineSettings | TextReaderSettings]:
    """The class of the section of a kind from another package.

    Raises:
        KeyError: no package registers the kind.
        InstalledEngineError: the class of the kind has no such section, or lacks something else of the interface that
            `models.extension` describes.
    """
    engine = engine_class(kind)
    found = getattr(engine, "Settings", None)
    if not (isinstance(found, type) and issubclass(found, LocalEngine | RemoteEngine | TextReaderSettings)):
        raise InstalledEngineError(
            f"{origin(kind)}: its attribute Settings must be a subclass of LocalEngine, RemoteEngine or "
            "TextReaderSettings"
        )
    methods = _READER_METHODS if issubclass(found, TextReaderSettings) else _ANSWER_METHODS
    if missing := [name for name in methods if not callable(getattr(engine, name, None))]:
        raise InstalledEngineError(f"{origin(kind)}: has no method {', '.join(missing)}")
    size = getattr(engine, "batch_size", None)
    if type(size) is not int or size < 1:
        raise InstalledEngineError(f"{origin(kind)}: its batch_size must be a whole number from 1, not {size!r}")
    return found


_READER_METHODS = ("identity", "warm_up", "read")
_ANSWER_METHODS = ("identity", "warm_up", "answer", "close")


Engine = Annotated[
    EngineSettings | TextReaderSettings,
    GetPydanticSchema(lambda _, handler: handler.generate_schema(_BuiltIn)),
    WrapValidator(_settings),
    PlainSerializer(lambda settings, info: settings.model_dump(mode=info.mode)),
]
"""A section of `engines`. The JSON Schema describes the kinds of docpipe itself."""
