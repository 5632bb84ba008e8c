import math

import pytest
from docpipe.schemas.job.yaml_nodes import MAX_VALUES, YamlError, parse_yaml


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("on", "on"),
        ("off", "off"),
        ("yes", "yes"),
        ("no", "no"),
        ("true", True),
        ("False", False),
        ("1:30", "1:30"),
        ("2024-01-01", "2024-01-01"),
        ("010", 10),
        ("0o10", 8),
        ("0x1f", 31),
        ("1_000", "1_000"),
        ("-3", -3),
        ("1e3", 1000.0),
        (".5", 0.5),
        ("1.", 1.0),
        ("-.Inf", -math.inf),
        ("~", None),
        ("", None),
        ("null", None),
        ("nil", "nil"),
        ("'150'", "150"),
        ('"off"', "off"),
        ("=", "="),
    ],
)
def test_scalars_follow_yaml_1_2(text: str, value: object) -> None:
    found = parse_yaml(f"key: {text}").value["key"]
    assert found == value
    assert type(found) is type(value)


def test_not_a_number() -> None:
    assert math.isnan(parse_yaml(".nan").value)


def test_lines_of_keys_and_items() -> None:
    document = parse_yaml("a:\n  b:\n    - 1\n    - {c: 2,\n       d: 3}\n")
    assert document.lines == {
        (): 1,
        ("a",): 1,
        ("a", "b"): 2,
        ("a", "b", 0): 3,
        ("a", "b", 1): 4,
        ("a", "b", 1, "c"): 4,
        ("a", "b", 1, "d"): 5,
    }


def test_characters_that_json_writes_as_pairs() -> None:
    assert parse_yaml(r'a: "\ud83d\ude00\n"').value == {"a": "😀\n"}
    assert parse_yaml(r'"\ud83d\ude00": 1').value == {"😀": 1}


@pytest.mark.parametrize("text", [r'a: "\ud83d"', r'"\ud83d": 1'])
def test_half_a_pair_is_a_mistake(text: str) -> None:
    assert "half of a" in parse_yaml(text).mistakes[0][2]


def test_an_alias_stands_for_its_value() -> None:
    assert parse_yaml("a: &x {k: [1]}\nb: *x").value == {"a": {"k": [1]}, "b": {"k": [1]}}


@pytest.mark.parametrize(
    ("text", "place", "line", "message"),
    [
        ("a: 1\nb: 2\na: 3", ("a",), 3, "first on line 1"),
        ("a:\n  !!python/object/apply:os.system [ls]", ("a",), 2, "tags"),
        ("a: !!str 5", ("a",), 1, "tags"),
        ("a: &x !custom 5", ("a",), 1, "tags"),
        ("x: &x {k: 1}\ny:\n  <<: *x", ("y", "<<"), 3, "merge keys"),
        ("? [1, 2]\n: 3", (), 1, "a key must be plain text"),
        (f"a: {'9' * 5000}", ("a",), 1, "too long"),
    ],
)
def test_mistakes(text: str, place: tuple[str, ...], line: int, message: str) -> None:
    [(found_place, found_line, found)] = parse_yaml(text).mistakes
    assert (found_place, found_line) == (place, line)
    assert message in found


@pytest.mark.parametrize(
    ("text", "line", "column", "message"),
    [
        ("a: [1, 2", 1, 9, "not valid YAML"),
        ("ask: Total: what?", 1, 11, 'needs quotes: ask: "Total: what?"'),
        ("- ask: % of total", 1, 8, 'needs quotes: ask: "% of total"'),
        ('ask: "Net" or gross?', 1, 12, r'needs quotes: ask: "\"Net\" or gross?"'),
        ("- {id: a, ask: Total: what?}", 1, 21, 'needs quotes: ask: "Total: what?"'),
        ("- {ask: is it [a] or not?, id: a}", 1, 15, 'needs quotes: ask: "is it [a] or not?"'),
        ("ask: > total", 1, 8, 'needs quotes: ask: "> total"'),
        ('path: "C:\\data"', 1, 11, "needs single quotes: 'C:\\data'"),
        ("paths: [in/, *.pdf]", 1, 15, 'needs quotes: "*.pdf"'),
        ("- *.pdf", 1, 4, 'needs quotes: "*.pdf"'),
        ("ask: *what* is it?", 1, 11, 'needs quotes: ask: "*what* is it?"'),
        ("a:\n\tb: 1", 2, 1, "spaces, not tabs"),
        ("a: 1\n b: 2", 2, 3, "not valid YAML"),
        ("a: *nowhere", 1, 4, "undefined alias"),
        ("a: 1\n---\nb: 2", 2, 1, "another document"),
        ("a: 1\nb: \x07", 2, None, "U+0007"),
        ("a: &x [*x]", 1, None, "inside the value"),
        ("[" * 5000, None, None, "nested too deeply"),
    ],
)
def test_syntax_errors(text: str, line: int | None, column: int | None, message: str) -> None:
    with pytest.raises(YamlError) as caught:
        parse_yaml(text)
    assert message in caught.value.message
    assert (caught.value.line, caught.value.column) == (line, column)


def test_aliases_that_multiply_are_stopped() -> None:
    levels = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    levels += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 12)]
    with pytest.raises(YamlError, match=f"more than {MAX_VALUES} values"):
        parse_yaml("\n".join(levels))
