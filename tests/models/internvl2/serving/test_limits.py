"""What an engine takes fits beside the weights, and beside other replicas on the same GPU."""

import pytest
from docpipe.models.internvl2.check import cache_bytes
from docpipe.models.internvl2.checkpoint.config import CheckpointConfig
from docpipe.models.internvl2.checkpoint.config_file import read_config
from docpipe.models.internvl2.engine import replica_share
from docpipe.models.internvl2.serving.limits import serving_limits
from docpipe.schemas.errors import MissingResourceError
from hypothesis import given
from hypothesis import strategies as st

from .. import parity

GB = 10**9


@pytest.fixture(scope="module")
def config() -> CheckpointConfig:
    return read_config(parity.DATA / "1b")


@given(st.integers(1, 200 * GB), st.sampled_from(["cuda", "cpu"]), st.integers(1, 13), st.integers(100, 9000))
def test_what_an_engine_takes_fits_and_holds_the_largest_request(free: int, kind: str, tiles: int, tokens: int) -> None:
    config = read_config(parity.DATA / "1b")
    try:
        limits = serving_limits(config, kind, free, 2, tiles, tokens)
    except MissingResourceError:
        return
    rows = limits.visual_tokens * config.text.hidden_size * 2
    assert rows + cache_bytes(config, limits.cache_tokens, 2) <= free
    assert limits.visual_tokens >= tiles * config.tokens_per_tile
    assert limits.cache_tokens >= tiles * config.tokens_per_tile + tokens


def test_a_device_without_room_for_one_request_is_refused_with_advice(config: CheckpointConfig) -> None:
    with pytest.raises(MissingResourceError, match="lower max_tiles or max_new_tokens"):
        serving_limits(config, "cuda", 1000, 2, 13, 8000)


def test_replicas_that_share_a_gpu_do_not_take_one_anothers_memory() -> None:
    free_when_first, own = 80 * GB - 2 * GB, 2 * GB
    first = replica_share(free_when_first, 80 * GB, own, 0.5)
    second = replica_share(free_when_first - first - own, 80 * GB, own, 0.5)
    assert (first, second) == (38 * GB, 38 * GB)
    assert replica_share(70 * GB, 80 * GB, own, 1) == 70 * GB
    assert replica_share(GB, 80 * GB, 50 * GB, 0.5) == 0
