import unicodedata
from pathlib import Path

import onnxruntime
import pytest
import rapidocr
from docpipe.schemas.job.languages import ISO_639_1, UNREADABLE_BY_RAPIDOCR

SAMPLES = {
    "Arabic script": "ابتسعم",
    "Avestan script": "𐬀𐬁",
    "Canadian syllabics": "ᐃᓄᒃ",
    "Cyrillic script": "бдяжю",
    "Ethiopic script": "አማር",
    "Greek letters with accents": "άέήίόύώ",
    "Hangul": "한국어",
    "Hebrew script": "אבגש",
    "Indic scripts": "हिবাਪગଓதతಕമසि",
    "Armenian and Georgian script": "հայქართ",
    "Lao, Khmer, Burmese, Thai and Tibetan script": "ລາວខ្មរမြནไทย",
    "Latin letters with dots below or two accents": "ạọịẹấẽṃ",
    "Thaana": "ދިވެ",
    "Yi script": "ꆈꌠ",
}


@pytest.fixture(scope="module")
def dictionary() -> frozenset[str]:
    model = Path(rapidocr.__file__).parent / "models" / "PP-OCRv6_rec_small.onnx"
    session = onnxruntime.InferenceSession(str(model), providers=["CPUExecutionProvider"])
    return frozenset(session.get_modelmeta().custom_metadata_map["character"].splitlines())


def test_the_model_lacks_what_the_list_says(dictionary: frozenset[str]) -> None:
    assert set(SAMPLES) == set(UNREADABLE_BY_RAPIDOCR.values())
    letters = {name: set(unicodedata.normalize("NFC", text)) for name, text in SAMPLES.items()}
    assert {name: found & dictionary for name, found in letters.items() if found & dictionary} == {}


@pytest.mark.parametrize(
    ("code", "letters"),
    [
        ("de", "äöüßÄÖÜ"),
        ("fr", "àâæçéèêëîïôœùûüÿ"),
        ("no", "æøåÆØÅ"),
        ("pl", "ąćęłńóśźż"),
        ("cs", "čďěňřšťůž"),
        ("hu", "őű"),
        ("ro", "ăâîșț"),
        ("tr", "ğışİĞŞ"),
        ("lv", "āčēģīķļņšūž"),
        ("is", "þðÞÐ"),
        ("ja", "ひらがなカタカナ漢字"),
        ("zh", "简体繁體"),
    ],
)
def test_the_model_can_write_a_language_that_is_accepted(code: str, letters: str, dictionary: frozenset[str]) -> None:
    assert code in ISO_639_1 - set(UNREADABLE_BY_RAPIDOCR)
    assert set(letters) <= dictionary


def test_only_languages_that_exist_are_unreadable() -> None:
    assert set(UNREADABLE_BY_RAPIDOCR) <= ISO_639_1
    assert len(ISO_639_1) == 183
