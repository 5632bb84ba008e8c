"""Trains the ranker of the engine key_value and calibrates its confidence.

    python -m docpipe.training.key_value --corpus FOLDER --readings FOLDER [--documents N] [--out FILE] [--report FILE]

`--corpus` holds `invoices/` and `receipts/` with `qa.jsonl`; `--readings` keeps what was read of them, so that OCR
runs once. The trees are those of scikit-learn (`pip install scikit-learn`), written as plain numbers that
NumPy evaluates. Layout families are left out in turn: a family of the corpora, or the choices of a synthetic layout, is
never in both parts. The confidence is fitted to the answers of the left-out parts, and what is printed was measured on
them; the trees that are written then see everything.
"""

import argparse
import hashlib
import json
import pickle
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from docpipe.operators.docvqa.key_value.confidence import choose, evidence
from docpipe.operators.docvqa.key_value.features import FEATURES
from docpipe.operators.reading.messages import ReadSettings
from docpipe.operators.reading.reader import PageReader
from docpipe.training.key_value_data import Asking, corpus, synthetic
from numpy.typing import NDArray
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression

FOLDS = 5
PLAN = (("invoices", "*.pdf", "auto"), ("receipts", "*.jpg", "rapidocr"))
RANKER_WEIGHT = {"invoices": 2.0, "receipts": 2.0, "synthetic": 0.7, "reworded": 0.7}
CONFIDENCE_WEIGHT = {"invoices": 4.0, "receipts": 2.0, "synthetic": 0.3, "reworded": 0.5}
UNANSWERABLE = 0.5
"""Weight in the calibration of questions without an answer: jobs ask fewer of them than the synthetic documents."""

KEPT_WRONG = 0.5
"""Share of the wrong candidates of a synthetic question with an answer that the trees see; half of it of others."""

TREES = {
    "max_iter": 120, "learning_rate": 0.1, "max_leaf_nodes": 10, "min_samples_leaf": 25, "l2_regularization": 2.0,
    "max_bins": 64, "early_stopping": False,
}  # fmt: skip
_SCORE = FEATURES.index("score")


def read_corpus(folder: Path, readings: Path) -> None:
    """Reads what was not read yet, one file of readings a document."""
    readings.mkdir(parents=True, exist_ok=True)
    for source, pattern, engine in PLAN:
        with PageReader(ReadSettings(engine=engine), 180.0) as reader:
            for path in sorted((folder / source).glob(pattern)):
                stored = readings / f"{source}-{engine}-{path.name}.pickle"
                if not stored.exists():
                    pages = range(1, reader.probe(str(path)).page_count + 1)
                    stored.write_bytes(pickle.dumps(list(reader.read_many(str(path), pages))))


def fold_of(asking: Asking) -> int:
    return int(hashlib.sha1(asking.family.encode()).hexdigest(), 16) % FOLDS


def fitted(askings: Sequence[Asking]) -> HistGradientBoostingClassifier:
    """Trees that tell right candidates from wrong ones.

    A right value that stands elsewhere than beside a label counts less where another one stands beside it. Of synthetic
    documents some wrong candidates are left out, since there are so many, and the others count more.
    """
    rng = np.random.default_rng(0)
    matrices, labels, weights = [], [], []
    for asking in askings:
        if not len(asking.right):
            continue
        weight = np.full(len(asking.right), RANKER_WEIGHT[asking.source])
        keep = np.ones(len(asking.right), bool)
        if asking.source == "synthetic":
            share = KEPT_WRONG if asking.right.any() else KEPT_WRONG / 2
            keep = asking.right | (rng.random(len(asking.right)) < share)
            weight[~asking.right] /= KEPT_WRONG
        if asking.right.any():
            near = asking.matrix[:, _SCORE]
            weight[asking.right & (near <= 0.02) & (near[asking.right].max() > 0.05)] *= 0.25
            weight[asking.right] *= 3 / asking.right.sum() ** 0.5
        matrices.append(asking.matrix[keep])
        labels.append(asking.right[keep])
        weights.append(weight[keep])
    model = HistGradientBoostingClassifier(**TREES)
    model.fit(np.concatenate(matrices), np.concatenate(labels), sample_weight=np.concatenate(weights))
    return model


def answers(askings: Sequence[Asking]) -> list[tuple[int, NDArray[np.float64], bool] | None]:
    """For each question the best candidate, its evidence, and whether it is right; by trees without its family."""
    found: list[tuple[int, NDArray[np.float64], bool] | None] = [None] * len(askings)
    for fold in range(FOLDS):
        model = fitted([asking for asking in askings if fold_of(asking) != fold])
        for index, asking in enumerate(askings):
            if fold_of(asking) == fold and len(asking.right):
                scores = model.decision_function(asking.matrix)
                best, second, agreement = choose(asking.keys, scores)
                recognised = bool(asking.recognised[best])
                facts = evidence(asking.kind, recognised, asking.matrix[best], float(scores[best]), second, agreement)
                found[index] = best, facts, bool(asking.right[best])
    return found


def calibrated(
    askings: Sequence[Asking], found: Sequence[tuple[int, NDArray[np.float64], bool] | None]
) -> LogisticRegression:
    kept = [(asking, one) for asking, one in zip(askings, found, strict=True) if one is not None]
    facts = np.array([one[1] for _, one in kept])
    weight = np.array(
        [CONFIDENCE_WEIGHT[asking.source] * (1.0 if asking.answers else UNANSWERABLE) for asking, _ in kept]
    )
    return LogisticRegression(C=1.0, max_iter=5000).fit(facts, [one[2] for _, one in kept], sample_weight=weight)


def measure(
    askings: Sequence[Asking], found: Sequence[tuple[int, NDArray[np.float64], bool] | None], accept: float
) -> dict[str, dict[str, float]]:
    """Coverage and precision by source; each confidence by a calibration that had not seen the family."""
    sure = np.full(len(askings), -1.0)
    for fold in range(FOLDS):
        of_others = [one if fold_of(asking) != fold else None for asking, one in zip(askings, found, strict=True)]
        model = calibrated(askings, of_others)
        for index, (asking, one) in enumerate(zip(askings, found, strict=True)):
            if one is not None and fold_of(asking) == fold:
                sure[index] = model.predict_proba(one[1][None])[0, 1]
    figures: dict[str, dict[str, float]] = {}
    for source in ("invoices", "receipts", "synthetic"):
        with_answer = [i for i, asking in enumerate(askings) if asking.source == source and asking.answers]
        without = [i for i, asking in enumerate(askings) if asking.source == source and not asking.answers]
        given = [i for i in with_answer if sure[i] >= accept]
        right = sum(bool(one[2]) for i in given if (one := found[i]) is not None)
        figures[source] = {
            "questions": len(with_answer),
            "coverage": round(len(given) / max(len(with_answer), 1), 3),
            "precision": round(right / max(len(given), 1), 3),
            "unanswerable": len(without),
            "answered all the same": round(float(np.mean(sure[without] >= accept)), 4) if without else 0.0,
        }
    return figures


def write(path: Path, model: HistGradientBoostingClassifier, confidence: LogisticRegression) -> None:
    """The trees and the calibration as arrays."""
    nodes = [predictor.nodes for (predictor,) in model._predictors]
    most = max(len(tree) for tree in nodes)
    arrays: dict[str, Any] = {name: np.zeros((len(nodes), most), kind) for name, kind in (
        ("feature", np.int16), ("threshold", np.float32), ("left", np.int16), ("right", np.int16),
        ("value", np.float32),
    )}  # fmt: skip
    for at, tree in enumerate(nodes):
        own = np.arange(len(tree))
        leaf = tree["is_leaf"].astype(bool)
        arrays["feature"][at, : len(tree)] = np.where(leaf, 0, tree["feature_idx"])
        arrays["threshold"][at, : len(tree)] = np.where(leaf, 0, tree["num_threshold"])
        arrays["left"][at, : len(tree)] = np.where(leaf, own, tree["left"])
        arrays["right"][at, : len(tree)] = np.where(leaf, own, tree["right"])
        arrays["value"][at, : len(tree)] = np.where(leaf, tree["value"], 0)
    np.savez_compressed(
        path, features=np.array(FEATURES), base=np.float64(model._baseline_prediction.ravel()[0]),
        depth=np.int16(max(int(tree["depth"].max()) for tree in nodes)), confidence_weights=confidence.coef_[0],
        confidence_base=np.float64(confidence.intercept_[0]), **arrays,
    )  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--corpus", type=Path, required=True)
    parser.add_argument("--readings", type=Path, required=True)
    parser.add_argument("--documents", type=int, default=1100)
    parser.add_argument("--out", type=Path, default=Path("operators/docvqa/key_value/ranker.npz"))
    parser.add_argument("--report", type=Path)
    arguments = parser.parse_args()
    read_corpus(arguments.corpus, arguments.readings)
    askings = [
        *(
            asking
            for source, _, engine in PLAN
            for asking in corpus(arguments.corpus / source, arguments.readings, source, engine)
        ),
        *synthetic(arguments.documents),
    ]
    found = answers(askings)
    figures = {accept: measure(askings, found, accept) for accept in (0.5, 0.8, 0.9, 0.95)}
    for accept, by_source in figures.items():
        for source, values in by_source.items():
            print(accept, source, values)
    if arguments.report:
        arguments.report.write_text(json.dumps(figures, indent=1), encoding="utf-8")
    write(arguments.out, fitted(askings), calibrated(askings, found))


if __name__ == "__main__":
    main()
