"""Engines are asked in order until one is sure, and two answers are worth what they say together."""

import pytest
from docpipe.models.engine import Answer
from docpipe.models.engine import Outcome as EngineOutcome
from docpipe.operators.inference.cascade import Outcome, decide, is_wanted, verified
from docpipe.operators.inference.request import Follows, Request, RequestId, Result
from docpipe.operators.inference.work import PageResults
from docpipe.schemas.errors import ErrorCode
from docpipe.schemas.job.tasks import Use
from hypothesis import given
from hypothesis import strategies as st

ABOUT = RequestId(Use.DOCVQA, question="q")


def request(*engines: str, verify: bool = False) -> Request:
    return Request(ABOUT, "?", 8, 5.0, follows=Follows(engines, 0.9, verify) if engines else None)


def page(confidence: float | None, value: object = "x", code: ErrorCode | None = None) -> PageResults:
    answer = Answer("x", "x", confidence, EngineOutcome.STOPPED)
    return PageResults({ABOUT: Result(ABOUT, answer, 1, value, code)})


NOTHING = PageResults({})


@pytest.mark.parametrize(
    ("earlier", "verify", "wanted"),
    [
        ({"a": [page(0.95)]}, False, False),
        ({"a": [page(0.9)]}, False, False),
        ({"a": [page(0.89)]}, False, True),
        ({"a": [page(None)]}, False, True),
        ({"a": [page(0.99, code=ErrorCode.BAD_OUTPUT)]}, False, True),
        ({"a": [PageResults({}, failure=None)]}, False, True),
        ({"a": [page(0.95)]}, True, True),
        # Of a document, one sure answer settles it, and "not found" only if all its pages say so.
        ({"a": [page(0.99, None), page(0.95)]}, False, False),
        ({"a": [page(0.99, None), page(0.2)]}, False, True),
        ({"a": [page(0.99, None), page(0.99, None)]}, False, False),
    ],
)
def test_a_request_is_made_if_the_model_before_was_not_sure(
    earlier: dict[str, list[PageResults]], verify: bool, wanted: bool
) -> None:
    assert is_wanted(request("a", verify=verify), earlier) is wanted


def test_only_the_next_model_verifies_and_the_first_in_a_list_is_always_asked() -> None:
    assert is_wanted(request(), {})
    sure, unsure = page(0.95), page(0.1)
    assert is_wanted(request("a", "b"), {"a": [unsure], "b": [unsure]})
    assert not is_wanted(request("a", "b"), {"a": [unsure], "b": [sure]})
    assert not is_wanted(request("a", "b"), {"a": [sure], "b": [NOTHING]})
    assert not is_wanted(request("a", "b", verify=True), {"a": [sure], "b": [unsure]})
    assert is_wanted(request("a", "b", verify=True), {"a": [unsure], "b": [sure]})


def test_the_first_sure_result_is_kept_and_else_the_last_usable_one() -> None:
    declined, unsure, sure = Outcome("own", 0, False, False), Outcome("a", 1, False), Outcome("b", 2, True)
    failed = Outcome("c", 3, False, False)
    assert decide([declined, unsure, sure]).kept is sure
    assert decide([declined, unsure, sure]).tried == ("own", "a", "b")
    assert decide([declined, unsure, failed]).kept is unsure
    assert decide([declined, failed]).kept is failed
    assert decide([declined]).kept is declined
    assert decide([sure, unsure]).second is unsure
    assert decide([unsure, sure]).second is None


@given(st.floats(0, 1), st.floats(0, 1))
def test_agreement_of_a_good_engine_raises_a_confidence_and_disagreement_lowers_it(first: float, second: float) -> None:
    agreed, disagreed = verified(first, second, agree=True), verified(first, second, agree=False)
    assert 0 <= disagreed <= first + 1e-9
    assert 0 <= agreed <= 1
    if second >= 0.5:
        assert agreed >= first - 1e-9
    assert verified(first, None, agree=True) == verified(first, None, agree=False) == first


def test_two_engines_that_are_each_right_nine_times_of_ten() -> None:
    assert verified(0.9, 0.9, agree=True) == pytest.approx(0.9878, abs=1e-4)
    assert verified(0.9, 0.9, agree=False) == pytest.approx(0.4737, abs=1e-4)
