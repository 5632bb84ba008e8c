"""The engines of job.yaml: models that tasks refer to by name."""

from typing import Annotated, Literal

from pydantic import Field

from .types import BaseUrl, Count, EnvironmentName, LocalFolder, Section, Text


class MaxTiles(Section):
    """How many tiles of 448 × 448 pixels an image is cut into at most."""

    ocr: Annotated[int, Field(ge=1, le=64)] = Field(default=12, description="Tiles of a page that is read.")
    docvqa: Annotated[int, Field(ge=1, le=64)] = Field(default=18, description="Tiles of a page that is asked about.")
    chart: Annotated[int, Field(ge=1, le=64)] = Field(default=12, description="Tiles of a chart.")


class MaxNewTokens(Section):
    """How much a model may write for one request, in tokens."""

    ocr: Count = Field(default=4096, description="Tokens for the text of a page.")
    docvqa: Count = Field(default=128, description="Tokens for an answer.")
    chart: Count = Field(default=1024, description="Tokens for a chart.")


class InternVL2Engine(Section):
    """InternVL2 on this machine or in this cluster."""

    kind: Literal["internvl2"] = Field(description="`internvl2`.")
    model: LocalFolder = Field(
        description="Local folder with the checkpoint in the published layout. Nothing is downloaded and "
        "no code of the folder is run."
    )
    dtype: Literal["bfloat16", "float16", "float32"] = Field(
        default="bfloat16", description="Type of the weights in memory."
    )
    device: Literal["auto", "cuda", "cpu"] = Field(
        default="auto", description="`auto` is `cuda` where there is one, else `cpu`."
    )
    replicas: Count = Field(
        default=1, description="Actors that hold the model; their number does not change during a run."
    )
    gpus_per_replica: Annotated[float, Field(ge=0)] = Field(
        default=1, description="GPUs that each replica occupies; a fraction shares one."
    )
    max_tiles: MaxTiles = Field(default=MaxTiles(), description="Tiles an image, by task.")
    max_new_tokens: MaxNewTokens = Field(default=MaxNewTokens(), description="Tokens a request, by task.")
    request_seconds: Annotated[float, Field(gt=0)] = Field(
        default=600, description="Wall seconds for one request; beyond, it fails with `timeout`."
    )


class OpenAIEngine(Section):
    """Any server that speaks the OpenAI protocol: vLLM, LMDeploy, SGLang, `transformers serve`."""

    kind: Literal["openai"] = Field(description="`openai`.")
    base_url: BaseUrl = Field(description="URL of the server's API, usually ending in `/v1`; without credentials.")
    model: Text = Field(description="Name under which the server offers the model.")
    api_key_env: EnvironmentName | None = Field(
        default=None,
        description="Name of the environment variable that holds the key; null for a server without keys.",
    )
    max_in_flight: Count = Field(
        default=16,
        description="Requests that the server has to deal with at once; raise it to what keeps the server full.",
    )
    max_tiles: MaxTiles = Field(
        default=MaxTiles(),
        description="Tiles an image, by task: the server cuts it, and it is sent scaled down to what so many show.",
    )
    max_new_tokens: MaxNewTokens = Field(default=MaxNewTokens(), description="Tokens a request, by task.")
    request_seconds: Annotated[float, Field(gt=0)] = Field(
        default=600, description="Wall seconds for one request with all its retries; beyond, it fails with `timeout`."
    )


Engine = Annotated[InternVL2Engine | OpenAIEngine, Field(discriminator="kind")]
