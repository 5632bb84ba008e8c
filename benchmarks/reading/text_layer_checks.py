"""The checks of text layers on born-digital PDFs: their cost, and how many fonts they doubt.

    python benchmarks/reading/text_layer_checks.py FOLDER_WITH_PDFS […] [--pages 6]

Fonts are judged as they are, and again with all their codes shifted, which is what a wrong character map does. Cost is
processor time of this process, for the first pages of each file.
"""

import argparse
import json
import time
from collections import Counter
from pathlib import Path

import pymupdf
from docpipe.operators.text_layer.extract import RawPage, Word, raw_page
from docpipe.operators.text_layer.fonts import doubtful_fonts
from docpipe.operators.text_layer.visibility import suspects, without_hidden

_LETTERS = 12
_SHIFTS = (0, 1, 2, 3, 5)


def fonts_of(page: RawPage) -> list[list[Word]]:
    """The words of each font with at least 12 letters."""
    groups: dict[int, list[Word]] = {}
    for word, font in zip(page.words, page.word_fonts, strict=True):
        groups.setdefault(font, []).append(word)
    return [words for words in groups.values() if sum(c.isalpha() for word in words for c in word[4]) >= _LETTERS]


def is_doubtful(words: list[Word], shift: int) -> bool:
    wrong = {code: code + shift for code in range(33, 123)}
    shifted = [(*word[:4], word[4].translate(wrong), *word[5:]) for word in words]
    return bool(doubtful_fonts([shifted], [["F"] * len(shifted)])[0])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", nargs="+", type=Path)
    parser.add_argument("--pages", type=int, default=6)
    options = parser.parse_args()
    pymupdf.TOOLS.mupdf_display_errors(False)
    pymupdf.TOOLS.mupdf_display_warnings(False)
    count: Counter[str] = Counter()
    seconds: Counter[str] = Counter()
    for path in sorted(path for folder in options.folder for path in folder.glob("*.pdf")):
        try:
            document = pymupdf.open(path)
            pages = [] if document.needs_pass else list(document.pages(0, min(options.pages, len(document))))
        except Exception:
            continue
        for page in pages:
            started = time.process_time()
            raw = raw_page(page)
            extracted = time.process_time()
            found = suspects(raw)
            suspected = time.process_time()
            if found is not None:
                raw = without_hidden(page, raw, found)
            drawn = time.process_time()
            doubtful_fonts([raw.words], [raw.word_fonts])
            seconds.update(
                extracted=extracted - started,
                suspected=suspected - extracted,
                drawn=drawn - suspected,
                fonts=time.process_time() - drawn,
            )
            fonts = fonts_of(raw)
            count.update(pages=1, drawn=found is not None, hidden_words=raw.hidden, fonts=len(fonts))
            count.update({f"doubtful_shift_{k}": sum(is_doubtful(words, k) for words in fonts) for k in _SHIFTS})
    each = {f"ms_a_page_{name}": round(1000 * spent / max(1, count["pages"]), 3) for name, spent in seconds.items()}
    print(json.dumps({**count, **each}, indent=1))


if __name__ == "__main__":
    main()
