"""The page docs/inputs.md, generated from the descriptions of the types that can be read.

`python -m docpipe.operators.documents.input_docs > docs/inputs.md` writes it.
"""

import sys

from .input_types import INPUT_TYPES, REFUSED

_INTRODUCTION = """\
# Inputs

The content of a file determines its type, never its name. What is of none of these types is `unsupported_type` in the
table [`errors`](errors.md); `docpipe doctor` prints the names. Which files a job reads: [`inputs`](job-yaml.md#inputs).
"""
_REFUSED = """\
## What is refused

These are recognised so that the message can say what to do. An archive is not unpacked.
"""


def inputs_text() -> str:
    """The page as Markdown."""
    rows = "\n".join(
        f"| {one.name} | `{one.media_type}` | {' '.join(f'`{suffix}`' for suffix in one.suffixes)} | "
        f"{one.recognised_by} | {one.opener} | {one.page} | `{one.unit}` |"
        for one in INPUT_TYPES
    )
    refused = "\n".join(f"| {one.name} | {one.advice} |" for one in REFUSED)
    return (
        f"{_INTRODUCTION}\n## Types\n\n| type | `media_type` | usual names | recognised by | opened by | "
        f"one page is | unit of its size |\n|---|---|---|---|---|---|---|\n{rows}\n\n"
        f"{_REFUSED}\n| a file that is | what to do |\n|---|---|\n{refused}\n"
    )


if __name__ == "__main__":
    sys.stdout.write(inputs_text())
