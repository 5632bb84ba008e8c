"""What a unit tells of itself holds against its tables."""

import numpy as np
import pyarrow as pa
from docpipe.pipeline.telemetry.unit_report import FACTS, SUPPORT_BOUNDS, unit_facts
from docpipe.schemas.tables import TABLES
from hypothesis import given
from hypothesis import strategies as st

from ..conftest import rows

SUPPORT = st.lists(st.one_of(st.none(), st.floats(0, 1, width=32), st.sampled_from(SUPPORT_BOUNDS)))


@given(SUPPORT)
def test_support_is_counted_up_to_each_bound(support: list[float | None]) -> None:
    # Columns that nothing is counted of are left out.
    answers = pa.table({"support": pa.array(support, TABLES["answers"].field("support").type)})
    found = dict(unit_facts({"answers": answers}, {}, [])["support"])
    known = [np.float32(value) for value in support if value is not None]
    wanted = [sum(value <= np.float32(bound) for value in known) for bound in SUPPORT_BOUNDS]
    assert found == ({"docvqa": wanted} if known else {})
    assert not known or found["docvqa"][-1] == len(known)


def test_failures_are_told_by_stage_and_code_and_fit_the_row() -> None:
    tables = rows(("a", 1), ("a", 2), failed=frozenset({("a", 2)}))
    facts = unit_facts(tables, {"read": 1.5}, ["repetition", "bad_output"])
    (row,) = pa.Table.from_pylist([facts], schema=pa.schema(FACTS)).to_pylist()
    assert row == {
        "errors": [{"stage": "ocr", "code": "timeout"}],
        "stage_seconds": [("read", 1.5)],
        "retries": ["repetition", "bad_output"],
        "support": [],
    }
