"""The languages that `tasks.ocr.languages` may name, and those that the embedded OCR cannot read."""

from collections.abc import Mapping

# First letter to the second letters of the 183 codes.
ISO_639_1 = frozenset(
    code
    for letter, seconds in {
        "a": "abefkmnrsvyz",
        "b": "aegimnors",
        "c": "aehorsuvy",
        "d": "aevz",
        "e": "elnostu",
        "f": "afijory",
        "g": "adlnuv",
        "h": "aeiortuyz",
        "i": "adegikostu",
        "j": "av",
        "k": "agijklmnorsuvwy",
        "l": "abginotuv",
        "m": "ghiklnrsty",
        "n": "abdeglnorvy",
        "o": "cjmrs",
        "p": "ailst",
        "q": "u",
        "r": "mnouw",
        "s": "acdegiklmnoqrstuvw",
        "t": "aeghiklnorstwy",
        "u": "gkrz",
        "v": "eio",
        "w": "ao",
        "x": "h",
        "y": "io",
        "z": "ahu",
    }.items()
    for code in (letter + second for second in seconds)
)

UNREADABLE_BY_RAPIDOCR: Mapping[str, str] = {
    code: script
    for script, codes in {
        "Arabic script": "ar fa ks ps sd ug ur",
        "Avestan script": "ae",
        "Canadian syllabics": "cr iu oj",
        "Cyrillic script": "ab av ba be bg ce cu cv kk kv ky mk mn os ru sr tg tt uk",
        "Ethiopic script": "am ti",
        "Greek letters with accents": "el",
        "Hangul": "ko",
        "Hebrew script": "he yi",
        "Indic scripts": "as bn gu hi kn ml mr ne or pa pi sa si ta te",
        "Armenian and Georgian script": "hy ka",
        "Lao, Khmer, Burmese, Thai and Tibetan script": "bo dz km lo my th",
        "Latin letters with dots below or two accents": "gn ig ik mh ve vi yo",
        "Thaana": "dv",
        "Yi script": "ii",
    }.items()
    for code in codes.split()
}
"""Language to the script that it needs and that the character dictionary of PP-OCRv6_rec_small lacks.

The source is the dictionary itself: the `character` entry in the metadata of the ONNX model inside the
rapidocr 3.10 wheel (18,708 characters: Latin, Chinese, Japanese, unaccented Greek). rapidocr's own list of
languages names Vietnamese too, but that dictionary has no letter with a dot below or with two accents.
"""
