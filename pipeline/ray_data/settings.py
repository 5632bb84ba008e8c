"""Validates arguments of the operators like keys of job.yaml, with the same messages."""

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from ...schemas.errors import InvalidJobError
from ...schemas.job.messages import describe, key_path
from ...schemas.job.model import Job


def job_of(operator: str, sections: Mapping[str, Any]) -> Job:
    """A job with these sections, from which settings are made; its inputs and output are placeholders.

    Args:
        operator: name of the operator, for messages.

    Raises InvalidJobError.
    """
    anywhere = {"version": 1, "name": operator, "inputs": {"paths": ["."]}, "output": {"path": "."}}
    try:
        return Job.model_validate({**anywhere, **_merged(anywhere, sections)})
    except ValidationError as error:
        found = [(".".join(map(str, key_path(item))), describe(item)) for item in error.errors(include_url=False)]
        raise InvalidJobError("\n".join(f"docpipe.ray.{operator}: {key}: {reason}" for key, reason in found)) from None


def given(**values: Any) -> dict[str, Any]:
    """The values that are not None, so that others keep their defaults."""
    return {key: value for key, value in values.items() if value is not None}


def _merged(before: Mapping[str, Any], sections: Mapping[str, Any]) -> dict[str, Any]:
    return {
        key: {**before[key], **section} if isinstance(before.get(key), Mapping) else section
        for key, section in sections.items()
    }
