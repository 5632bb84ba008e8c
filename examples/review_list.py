"""A list for people to look through: answers that little supports, the least supported first, with where to look.

python examples/review_list.py out/invoices review.csv 0.5
"""

import csv
import sys
from pathlib import Path

import docpipe
import pyarrow.dataset as ds


def main(output: str, target: str, below: float) -> int:
    out = docpipe.open_output(output)
    doubtful = (ds.field("status") == "answered") & ((ds.field("support") < below) | ds.field("support").is_null())
    answers = out.dataset("answers").to_table(filter=doubtful).sort_by("support").to_pylist()
    files = {row["document_id"]: row["uris"][0] for row in out.table("documents").to_pylist()}
    with Path(target).open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["file", "page", "question", "answer", "support", "grounding", "printed there"])
        for answer in answers:
            places = " / ".join(place["text"] for place in answer["evidence"])
            writer.writerow(
                [
                    files[answer["document_id"]],
                    answer["page_number"],
                    answer["question"],
                    answer["answer"],
                    "" if answer["support"] is None else f"{answer['support']:.2f}",
                    answer["grounding"],
                    places,
                ]
            )
    print(f"{target}: {len(answers)} answers to look at")
    return len(answers)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], float(sys.argv[3]))
