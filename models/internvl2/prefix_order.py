"""Which question about some images goes first, so that the others find the images' keys and values in the cache.

Questions that start together would each compute the whole prompt: a cached prefix can be shared only once it is there.
"""

from dataclasses import dataclass, field

# Whether the prompt is longer than the rope's switch, and the first row of each image in it.
Prefix = tuple[bool, tuple[int, ...]]


@dataclass
class PrefixOrder:
    """Leaders compute a prefix, followers wait for it. Not thread-safe: one owner calls it."""

    _computed: set[Prefix] = field(default_factory=set)
    _leaders: dict[str, Prefix] = field(default_factory=dict)
    _followers: dict[Prefix, list[str]] = field(default_factory=dict)

    def may_start(self, prefix: Prefix, name: str) -> bool:
        """Whether the request `name` may start now; otherwise `computed` names it later."""
        if not prefix[1] or prefix in self._computed:
            return True
        if prefix in self._followers:
            self._followers[prefix].append(name)
            return False
        self._leaders[name] = prefix
        self._followers[prefix] = []
        return True

    def leaders(self) -> list[str]:
        """Requests that compute a prefix now."""
        return list(self._leaders)

    def computed(self, leader: str) -> list[str]:
        """Take note that `leader` is through its prompt, or gone; returns the requests that may start."""
        prefix = self._leaders.pop(leader)
        self._computed.add(prefix)
        return self._followers.pop(prefix)

    def forget(self, first_row: int) -> None:
        """Forget the prefixes with the image at `first_row`, which is being let go."""
        self._computed = {prefix for prefix in self._computed if first_row not in prefix[1]}
