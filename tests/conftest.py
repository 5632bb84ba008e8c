"""Settings for all tests, and the Ray that they share."""

from collections.abc import Iterator

import pytest
from hypothesis import settings

# Speed is measured in benchmarks/; a busy machine must not fail a law.
settings.register_profile("docpipe", deadline=None)
settings.load_profile("docpipe")


@pytest.fixture(scope="session")
def ray_address() -> Iterator[str]:
    """A Ray that the runs of a test session join instead of starting one each."""
    from docpipe.pipeline.ray_session import available_cpus
    from ray.cluster_utils import Cluster

    from .pipeline.outputs import leave_ray

    cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": available_cpus(), "include_dashboard": False})
    yield cluster.address
    leave_ray()
    cluster.shutdown()
