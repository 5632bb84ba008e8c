"""What the serving engine returns: encoded images, answers, and counts of its work."""

from dataclasses import dataclass, field

from torch import Tensor

from ...engine import Answer


@dataclass(frozen=True)
class ServedAnswer(Answer):
    """An answer with its token ids, the stop token last where the model wrote it."""

    ids: list[int] = field(default_factory=list)


@dataclass(frozen=True, eq=False)
class ServedImage:
    """An image whose visual tokens the engine holds until `Server.release`.

    Attributes:
        number: no two images of a server have the same.
        features: (visual tokens, width), on the device.
    """

    number: int
    tiles: int
    features: Tensor


@dataclass(frozen=True)
class Work:
    """What a server has computed since its start, in counts that do not depend on the machine.

    Attributes:
        tiles: through the vision tower.
        steps: of the language model.
        prompt_tokens: computed by those steps; what was shared is not counted, what was computed again is.
        new_tokens: written.
    """

    tiles: int = 0
    steps: int = 0
    prompt_tokens: int = 0
    new_tokens: int = 0

    def more(self, tiles: int = 0, steps: int = 0, prompt_tokens: int = 0, new_tokens: int = 0) -> "Work":
        return Work(
            self.tiles + tiles, self.steps + steps, self.prompt_tokens + prompt_tokens, self.new_tokens + new_tokens
        )
