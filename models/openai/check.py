"""Whether a server can be used, before a job starts."""

import os
from typing import Any

from ...schemas.errors import MissingResourceError
from ...schemas.job.engines import OpenAIEngine
from .failures import ServerError, said_by
from .replies import decoded

_SHOWN_MODELS = 5


def read_key(settings: OpenAIEngine, name: str) -> str | None:
    """The key from the environment; None for a server without keys.

    Args:
        name: of the engine in job.yaml, for the message.

    Raises:
        MissingResourceError: the variable is not set, or holds what no HTTP header can carry.
    """
    variable = settings.api_key_env
    if variable is None:
        return None
    key = os.environ.get(variable, "").strip()
    if not key:
        raise MissingResourceError(f"engines.{name}: the variable {variable} with the key of the server is not set")
    if not key.isascii() or not key.isprintable():
        raise MissingResourceError(f"engines.{name}: what the variable {variable} holds cannot be sent as a key")
    return key


def check(settings: OpenAIEngine, name: str, seconds: float = 10.0) -> None:
    """Ask the server for its models.

    A server that has no list of models passes.

    Args:
        name: of the engine in job.yaml, for messages.
        seconds: how long to wait for it.

    Raises:
        MissingResourceError: the key is missing or refused, the server does not answer, or does not offer the model.
    """
    import httpx2

    key = read_key(settings, name)
    url = settings.base_url.rstrip("/") + "/models"
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    try:
        response = httpx2.get(url, headers=headers, timeout=seconds)
    except httpx2.TimeoutException:
        raise MissingResourceError(f"engines.{name}: {url} did not answer within {seconds:g} s") from None
    except (httpx2.RequestError, httpx2.InvalidURL) as error:
        reason = str(error) or type(error).__name__
        raise MissingResourceError(f"engines.{name}: no server answers at {url}: {reason}") from None
    if response.status_code in (401, 403):
        said = f"the key in {settings.api_key_env}" if key else "no key (api_key_env)"
        raise MissingResourceError(f"engines.{name}: {url} refuses {said}: HTTP {response.status_code}")
    if response.status_code in (404, 405, 501):
        return
    if response.status_code != 200:
        said = said_by(response.content).replace(key or "\0", "***")
        raise MissingResourceError(f"engines.{name}: {url} answers HTTP {response.status_code}: {said}")
    try:
        models = _models(decoded(response.content))
    except ServerError as error:
        raise MissingResourceError(f"engines.{name}: {url}: {error}") from None
    if models and settings.model not in models:
        shown = ", ".join(models[:_SHOWN_MODELS]) + (", …" if len(models) > _SHOWN_MODELS else "")
        raise MissingResourceError(f"engines.{name}: {url} offers no model {settings.model!r}, but: {shown}")


def _models(reply: Any) -> list[str]:
    entries = reply.get("data") if isinstance(reply, dict) else None
    if not isinstance(entries, list):
        raise ServerError(
            "a list of models without data; is this the API of an OpenAI-compatible server?", may_pass=False
        )
    return [entry["id"] for entry in entries if isinstance(entry, dict) and isinstance(entry.get("id"), str)]
