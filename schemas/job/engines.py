"""The engines of job.yaml: models that tasks refer to by name."""

from typing import Annotated, Literal

from pydantic import Field

from .types import BaseUrl, Count, EnvironmentName, LocalFolder, Section, Text


class MaxTiles(Section):
    """The maximum number of tiles of 448 × 448 pixels that an image is cut into."""

    ocr: Annotated[int, Field(ge=1, le=64)] = Field(default=12, description="Tiles for reading the text of a page.")
    docvqa: Annotated[int, Field(ge=1, le=64)] = Field(default=18, description="Tiles of a page for a question.")
    chart: Annotated[int, Field(ge=1, le=64)] = Field(default=12, description="Tiles of a chart.")


class MaxNewTokens(Section):
    """The maximum number of tokens that a model may generate for one request."""

    ocr: Count = Field(default=4096, description="Tokens for the text of a page.")
    docvqa: Count = Field(default=128, description="Tokens for an answer.")
    chart: Count = Field(default=1024, description="Tokens for a chart.")


class EngineSettings(Section):
    """The keys that every kind of engine has."""

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


class InternVL2Engine(LocalEngine):
    """InternVL2, loaded on this machine or in the Ray cluster."""

    kind: Literal["internvl2"] = Field(description="`internvl2`.")
    model: LocalFolder = Field(
        description="Local folder with the checkpoint in the published layout. Nothing is downloaded, and "
        "no code in the folder is run."
    )
    dtype: Literal["bfloat16", "float16", "float32"] = Field(
        default="bfloat16", description="Data type of the weights in memory."
    )


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


Engine = Annotated[InternVL2Engine | OpenAIEngine, Field(discriminator="kind")]
