"""Verdicts on text layers, from features alone."""

import random
import string
from dataclasses import replace

import numpy as np
import pytest
from docpipe.operators.reading.agreement import agree, confirmed_by_ocr
from docpipe.operators.text_layer.features import letter_features
from docpipe.operators.text_layer.quality import TextLayerFeatures, Usability, judge, needs_ink
from docpipe.schemas.page import TextLines
from hypothesis import given
from hypothesis import strategies as st

SENTENCES = {
    "english": "The committee shall present its annual report to the assembly before the end of each financial year",
    "german": "Die Rechnung ist innerhalb von dreißig Tagen nach Erhalt ohne Abzug auf das genannte Konto zu zahlen",
    "french": "Les travaux seront exécutés conformément aux dispositions prévues par le cahier des charges annexé",
    "polish": "Wszystkie strony umowy zobowiązują się do zachowania poufności przez okres pięciu lat od jej zawarcia",
    "finnish": "Kaikki ihmiset syntyvät vapaina ja tasavertaisina arvoltaan ja oikeuksiltaan sekä järjeltään hyvinä",
    "turkish": "Bütün insanlar hür haysiyet ve haklar bakımından eşit doğarlar akıl ve vicdana sahip kardeşlerdir",
    "capitals": "THE COMMITTEE SHALL PRESENT ITS ANNUAL REPORT TO THE ASSEMBLY BEFORE THE END OF THE FINANCIAL YEAR",
}


def features_of(text: str) -> TextLayerFeatures:
    (found,), characters = letter_features([text]), len(text.replace(" ", ""))
    return TextLayerFeatures(
        characters,
        letters=found.letters,
        vowel_share=found.vowel_share,
        alternation=found.alternation,
        punctuation_share=found.punctuation / characters,
    )


@pytest.mark.parametrize("language", SENTENCES)
def test_languages_read_like_languages(language: str) -> None:
    assert judge(features_of(SENTENCES[language] * 2)).usable


@pytest.mark.parametrize("language", SENTENCES)
def test_a_shifted_table_is_noticed(language: str) -> None:
    """Text of a subset font whose codes are glyph numbers: every code is 29 lower than the letter's."""
    shifted = "".join(chr(ord(c) - 29) if c.isascii() and c.isalpha() else c for c in SENTENCES[language] * 3)
    assert judge(features_of(shifted)).usability is Usability.DOUBTFUL


def test_shuffled_letters_are_noticed() -> None:
    generator = random.Random(1)
    noise = " ".join("".join(generator.choices(string.ascii_lowercase, k=7)) for _ in range(60))
    assert not judge(features_of(noise)).usable


def test_little_text_is_given_the_benefit_of_the_doubt() -> None:
    assert judge(features_of("XKCD GmbH Nr. 12/34 BRK-7")).usable


@pytest.mark.parametrize(
    ("changes", "usability", "reason"),
    [
        ({}, Usability.USABLE, None),
        ({"characters": 0}, Usability.UNUSABLE, "no_text_layer"),
        ({"bad_share": 0.5}, Usability.UNUSABLE, "meaningless_glyphs"),
        ({"bad_share": 0.1}, Usability.DOUBTFUL, "meaningless_glyphs"),
        ({"symbol_ratio": 0.3}, Usability.DOUBTFUL, "unusual_symbols"),
        ({"punctuation_share": 0.5}, Usability.DOUBTFUL, "mostly_punctuation"),
        ({"letters": 900, "alternation": 1.0}, Usability.DOUBTFUL, "not_a_language"),
        ({"invisible_share": 0.9, "off_ink": 0.0, "unexplained_ink": 0.0}, Usability.DOUBTFUL, "invisible_text"),
        ({"invisible_share": 0.9, "off_ink": 0.8, "unexplained_ink": 0.9}, Usability.UNUSABLE, "no_ink_under_text"),
        ({"image_cover": 1.0, "off_ink": 0.0, "unexplained_ink": 0.9}, Usability.DOUBTFUL, "ink_outside_text"),
        ({"image_cover": 1.0, "off_ink": 0.0, "unexplained_ink": 0.1}, Usability.USABLE, None),
    ],
)
def test_features_and_verdicts(changes: dict[str, float], usability: Usability, reason: str | None) -> None:
    verdict = judge(replace(TextLayerFeatures(characters=1000), **changes))
    assert (verdict.usability, verdict.reason) == (usability, reason)


def test_only_doubtful_pages_are_rendered() -> None:
    assert not needs_ink(1000, 0.1, invisible=False)
    assert needs_ink(3, 0.1, invisible=False)
    assert needs_ink(1000, 0.9, invisible=False)
    assert needs_ink(1000, 0.1, invisible=True)


TEXTS = st.text(alphabet=st.sampled_from("aebcXY.,;-?é\u05d0\n"), max_size=30)


@given(st.lists(TEXTS, min_size=1, max_size=6))
def test_features_of_texts_together_are_those_of_each(texts: list[str]) -> None:
    assert letter_features(texts) == [found for text in texts for found in letter_features([text])]


def lines(*texts: str, top: float = 0.1) -> TextLines:
    count = len(texts)
    y = top + 0.05 * np.arange(count, dtype=np.float32)
    boxes = np.stack([np.full(count, 0.1), y, np.full(count, 0.9), y + 0.03], axis=1).astype(np.float32)
    words = [word for text in texts for word in text.split()]
    word_line = np.array([i for i, text in enumerate(texts) for _ in text.split()], np.int32)
    word_boxes = boxes[word_line].copy() if words else np.empty((0, 4), np.float32)
    for line in range(count):
        of_line = np.flatnonzero(word_line == line)
        edges = np.linspace(0.1, 0.9, len(of_line) + 1, dtype=np.float32)
        word_boxes[of_line, 0], word_boxes[of_line, 2] = edges[:-1], edges[1:]
    return TextLines(list(texts), boxes, [None] * count, word_text=words, word_boxes=word_boxes, word_line=word_line)


def test_agreement() -> None:
    true = lines("invoice number 4711", "total amount 35.90 EUR")
    assert agree(true, true) == 1
    assert agree(true, lines("invo1ce number 4711", "total arnount 35,90 EUR")) > 0.8
    assert agree(true, lines("quarterly weather bulletin", "mostly dry and bright")) < 0.5
    assert agree(true, lines("invoice number 4711", "total amount 35.90 EUR", top=0.6)) == 0
    assert agree(true, TextLines()) == 0
    assert agree(TextLines(), true) == 0
    assert agree(TextLines(), TextLines()) == 1


def test_ocr_that_is_silent_does_not_count() -> None:
    arabic = lines(
        "\u0645\u0631\u062d\u0628\u0627 \u0628\u0627\u0644\u0639\u0627\u0644\u0645", "\u062d\u0628\u064a\u0628\u064a"
    )
    assert confirmed_by_ocr(arabic, TextLines())
    assert confirmed_by_ocr(arabic, lines("|"))
    assert not confirmed_by_ocr(lines("stamp"), lines("a page full of text", "that was scanned"))
    assert not confirmed_by_ocr(TextLines(), lines("text"))


def test_what_the_text_layer_lacks_counts() -> None:
    page = lines("one", "two lines of a scan", "that the stamp does not have")
    assert agree(lines("one"), page) < 0.2


@given(st.lists(st.text(min_size=1, max_size=20), max_size=6), st.lists(st.text(min_size=1, max_size=20), max_size=6))
def test_agreement_is_a_share(a: list[str], b: list[str]) -> None:
    assert 0 <= agree(lines(*a), lines(*b)) <= 1
    assert agree(lines(*a), lines(*a)) > 0.99
