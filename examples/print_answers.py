"""The answers of an output with page, box and confidence; what was declined is counted.

python examples/print_answers.py out/quickstart
"""

import sys

import docpipe
import pyarrow.compute as pc


def main(output: str) -> int:
    out = docpipe.open_output(output)
    table = out.table("answers")
    names = {row["document_id"]: row["uris"][0].rsplit("/", 1)[-1] for row in out.table("documents").to_pylist()}
    answered = table.filter(pc.equal(table["status"], "answered")).sort_by("document_id").to_pylist()
    for answer in answered:
        (place, *_) = answer["evidence"] or [None]
        where = ""
        if place is not None:
            box = " ".join(f"{place['bbox'][side]:.3f}" for side in ("x0", "y0", "x1", "y1"))
            where = f"page {place['page_number']}, box {box}"
        print(f"{names[answer['document_id']]}: {answer['question']}")
        print(f"    {answer['answer']}    ({where}, confidence {answer['confidence']:.2f})")
    rest = table.num_rows - len(answered)
    print(f"{len(answered)} answers with their places; {rest} questions are declined, since no value is sure enough")
    return len(answered)


if __name__ == "__main__":
    main(sys.argv[1])
