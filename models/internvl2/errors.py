"""What can be wrong with a checkpoint folder or a prompt."""

from ...schemas.errors import MissingResourceError


class CheckpointError(MissingResourceError):
    """A folder is no usable InternVL2 checkpoint; the message names the file, key or tensor and the cure."""


class PromptTooLongError(ValueError):
    """A prompt and its answer do not fit the model's window; the message has the number of tiles that would."""


class CacheTooSmallError(MissingResourceError):
    """The weights leave too little memory for one request; the message says what to lower."""
