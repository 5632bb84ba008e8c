"""Every task that asks engines is described whole, wherever descriptions are kept."""

from docpipe.operators.extraction.image_tasks import IMAGE_TASKS
from docpipe.operators.inference.prompts import PROMPT_VERSIONS
from docpipe.schemas.job.tasks import MaxNewTokens, MaxTiles, Tasks, Use


def test_a_task_of_job_yaml_has_budgets_a_prompt_requests_and_findings() -> None:
    names = list(Use)
    assert names == list(Tasks.model_fields) == list(MaxTiles.model_fields) == list(MaxNewTokens.model_fields)
    assert names == list(IMAGE_TASKS)
    assert set(names) <= set(PROMPT_VERSIONS)
