"""The page docs/errors.md, generated from the descriptions of error codes and stages.

`python -m docpipe.schemas.error_docs > docs/errors.md` writes it.
"""

import sys

from .errors import ERROR_CODES, STAGES

_INTRODUCTION = """\
# Errors

What could not be read has a row in the table [`errors`](tables.md#errors), with a message that says what happened.
Its code is also the `error_code` of its document, page, answer or chart. No failure ends a job;
[`on_error`](job-yaml.md#on_error) sets how many are too many.
"""


def errors_text() -> str:
    """The page as Markdown."""
    codes = "\n".join(
        f"| `{code}` | {', '.join(described.levels)} | {described.meaning} | {described.advice} |"
        for code, described in ERROR_CODES.items()
    )
    stages = "\n".join(f"| `{stage}` | {meaning} |" for stage, meaning in STAGES.items())
    return (
        f"{_INTRODUCTION}\n## Codes\n\n| code | of a | meaning | what to do |\n|---|---|---|---|\n{codes}\n\n"
        f"## Stages\n\n| stage | what is done |\n|---|---|\n{stages}\n"
    )


if __name__ == "__main__":
    sys.stdout.write(errors_text())
