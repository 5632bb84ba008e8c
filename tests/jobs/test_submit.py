"""A submitted job is followed through losses of its stream, and given up only where the cluster stays silent."""

from collections.abc import AsyncIterator
from types import SimpleNamespace

import pytest
from docpipe.jobs import submit
from docpipe.jobs.submit import Submission, follow
from docpipe.schemas.errors import JobBrokenError


class Cluster:
    """Ends its stream of logs at once, each time; says what the job is from a list, where None is no answer."""

    def __init__(self, answers: list[str | None]) -> None:
        self.answers = answers

    async def tail_job_logs(self, _: str) -> AsyncIterator[str]:
        for line in ():
            yield line

    def get_job_info(self, _: str) -> SimpleNamespace:
        answer = self.answers.pop(0)
        if answer is None:
            raise ConnectionError("refused")
        status = SimpleNamespace(value=answer, is_terminal=lambda: answer != "RUNNING")
        return SimpleNamespace(status=status, driver_exit_code=None, message="")


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(submit.time, "sleep", lambda _: None)


def test_a_stream_that_ends_often_while_the_job_runs_is_taken_up_again() -> None:
    answers = ["RUNNING"] * 100 + [None] * (submit._RECONNECTS - 1) + ["RUNNING"] + [None] * 5 + ["SUCCEEDED"]
    assert follow(Submission(Cluster(answers), "job", False), lambda _: None) == 0


def test_a_cluster_that_stays_silent_is_given_up_with_the_way_to_go_on() -> None:
    with pytest.raises(JobBrokenError, match=r"does not respond any more \(refused\).*follows it again"):
        follow(Submission(Cluster([None] * submit._RECONNECTS), "job", False), lambda _: None)
