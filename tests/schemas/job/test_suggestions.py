import pytest
from docpipe.schemas.job.suggestions import did_you_mean, suggestion


@pytest.mark.parametrize(
    ("word", "known", "meant"),
    [
        ("dip", ["dpi", "max_pixels"], "dpi"),
        ("Max-Pixels", ["dpi", "max_pixels"], "max_pixels"),
        ("gpu", ["auto", "cuda", "cpu"], "cuda"),
        ("yes", ["auto", "on", "off"], "on"),
        ("bf16", ["float16", "bfloat16"], "bfloat16"),
        ("zzz", ["dpi", "max_pixels"], None),
        ("dpi", [], None),
    ],
)
def test_suggestion(word: str, known: list[str], meant: str | None) -> None:
    assert suggestion(word, known) == meant
    assert did_you_mean(word, known) == (f" (did you mean '{meant}'?)" if meant else "")
