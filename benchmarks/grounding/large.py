"""What grounding costs in a document of many words."""

import random
import statistics
import time

import numpy as np
from docpipe.operators.grounding.ground import Evidence, ground_value
from docpipe.schemas.page import TextLines
from values import with_digit_changed


def large_document(words: int) -> tuple[Evidence, float]:
    """A document of pages of 500 words out of 5,000, and the seconds that its index took."""
    rng = random.Random(1)
    vocabulary = ["".join(rng.choices("etaoinshrdlu", k=rng.randint(2, 9))) for _ in range(5000)]
    pages = []
    for page in range(1, words // 500 + 1):
        text, boxes, line_boxes, line_text, owner = [], [], [], [], []
        for line in range(50):
            y = 0.02 + line * 0.019
            row = [rng.choice(vocabulary) if rng.random() < 0.9 else f"{rng.random() * 1e4:.2f}" for _ in range(10)]
            for column, word in enumerate(row):
                boxes.append((0.05 + column * 0.09, y, 0.05 + column * 0.09 + 0.009 * len(word) * 0.9, y + 0.012))
                text.append(word)
                owner.append(line)
            line_text.append(" ".join(row))
            line_boxes.append((0.05, y, 0.95, y + 0.012))
        nothing = np.full(len(line_text), np.nan, np.float32)
        pages.append(
            (
                page,
                TextLines(
                    line_text,
                    np.array(line_boxes, np.float32),
                    [None] * len(line_text),
                    nothing,
                    np.full(len(line_text), -1, np.int32),
                    text,
                    np.array(boxes, np.float32),
                    np.full(len(text), np.nan, np.float32),
                    np.array(owner, np.int32),
                ),
            )
        )
    started = time.process_time()
    evidence = Evidence(pages)
    for value in ("warm", "1.00", "2024-01-01", "warm up now", "-"):
        ground_value(value, evidence)
    return evidence, time.process_time() - started


def cost_of_large(words: int) -> dict[str, float]:
    evidence, seconds = large_document(words)
    rng = random.Random(2)
    texts = evidence.words.text
    values = []
    for _ in range(60):
        at, count = rng.randrange(len(texts) - 400), rng.choice((1, 3, 10, 40, 300))
        run = " ".join(texts[at : at + count])
        values += [run, with_digit_changed(run, rng) or run[::-1], run.replace("e", "c", 2)]
    values += ["7", "a", "x" * 2000, "ab" * 1000, "e t a", "1.1", "ett" * 600]
    taken = []
    for value in values:
        started = time.process_time()
        ground_value(value, evidence, question="what is the total of the estate")
        taken.append(1000 * (time.process_time() - started))
    return {
        "words": words,
        "index_seconds": round(seconds, 2),
        "ms_mean": round(statistics.fmean(taken), 2),
        "ms_median": round(statistics.median(taken), 2),
        "ms_p95": round(float(np.quantile(taken, 0.95)), 2),
        "ms_max": round(max(taken), 2),
    }
