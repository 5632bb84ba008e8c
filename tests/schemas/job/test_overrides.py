import copy
import json

import pytest
from docpipe.schemas.job.overrides import OverrideError, apply_override, parse_override
from hypothesis import given
from hypothesis import strategies as st

keys = st.text("abcdefgh_", min_size=1, max_size=5)
leaves = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False, allow_infinity=False), st.text(max_size=10)
)
values = st.recursive(leaves, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=3))


@given(st.lists(keys, min_size=1, max_size=4), values)
def test_what_is_set_is_found_again(path: list[str], value: object) -> None:
    override = parse_override(f"{'.'.join(path)}={json.dumps(value)}")
    data: dict[str, object] = {}
    assert apply_override(data, override) == tuple(path)
    place: object = data
    for key in path:
        assert isinstance(place, dict)
        place = place[key]
    assert place == value


@given(st.dictionaries(keys, values, min_size=1), values, st.data())
def test_other_keys_stay(data: dict[str, object], value: object, draw: st.DataObject) -> None:
    key = draw.draw(st.sampled_from(sorted(data)))
    before = copy.deepcopy(data)
    apply_override(data, parse_override(f"{key}={json.dumps(value)}"))
    assert data == {**before, key: value}


@pytest.mark.parametrize(
    ("argument", "value"),
    [
        ("a=off", "off"),
        ("a=", None),
        ("a=b=c", "b=c"),
        ("a=[x, 1]", ["x", 1]),
        ("a='1'", "1"),
        ("a={b: 0.5}", {"b": 0.5}),
    ],
)
def test_values_are_yaml(argument: str, value: object) -> None:
    assert parse_override(argument).value == value


def test_items_of_lists_are_named_by_index() -> None:
    data = {"q": [{"ask": "a"}, {"ask": "b"}]}
    assert apply_override(data, parse_override("q.1.ask=c")) == ("q", 1, "ask")
    assert data == {"q": [{"ask": "a"}, {"ask": "c"}]}


def test_an_empty_section_is_filled() -> None:
    data = {"ray": None}
    apply_override(data, parse_override("ray.address=auto"))
    assert data == {"ray": {"address": "auto"}}


@pytest.mark.parametrize(
    ("argument", "message"),
    [
        ("foo", "--set: write key.path=value"),
        ("=1", "--set : a key of the path is empty"),
        ("a..b=1", "--set a..b: a key of the path is empty"),
        ("a=[", "--set a: not valid YAML"),
        ("a.\udcff=1", "--set: is not UTF-8 text"),
        ("a=!!str x", "--set a: YAML tags"),
        ("a={b: 1, b: 2}", "--set a: given twice"),
    ],
)
def test_arguments_that_cannot_be_read(argument: str, message: str) -> None:
    with pytest.raises(OverrideError) as caught:
        parse_override(argument)
    assert str(caught.value).startswith(message)


@pytest.mark.parametrize(
    ("argument", "message"),
    [
        ("n.x=1", "--set n.x: n is a single value, so it has no 'x'"),
        ("list.x=1", "--set list.x: list is a list; give the index"),
        ("list.2=1", "--set list.2: list has 2 items"),
        ("list.-1=1", "--set list.-1: list is a list; give the index"),
    ],
)
def test_paths_that_lead_nowhere(argument: str, message: str) -> None:
    with pytest.raises(OverrideError) as caught:
        apply_override({"n": 1, "list": [1, 2]}, parse_override(argument))
    assert str(caught.value).startswith(message)
