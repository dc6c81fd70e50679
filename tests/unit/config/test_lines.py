"""Every key of a TOML file is found on its line, however the file is written."""

import tomllib
from importlib.resources import files

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from suyuan.config.lines import line_index
from suyuan.config.policy import POLICY_FILES

HARD = '''# a remark with [brackets] and = signs
top = "x # no remark"
"quoted key" = 1
multi = """
[not.a.table]
key = 1 \\""" ""x""""
after = 2
[a . "b.c"]
x.y = 3
inline = { one = 1, two = { three = [1, { deep = 2 }] } }
literal = \'\'\'
"""
\'\'\'
list = [
  1, # one
  "]",
  { in_list = true },
]
when = 2027-01-31 07:32:00Z
[[grant]]
role = "r"
[grant.limits]
persons = 3
[[grant]]
role = "s"
[[grant.inner]]
z = 1
'''

LINES = {
    ("top",): 2,
    ("quoted key",): 3,
    ("multi",): 4,
    ("after",): 7,
    ("a",): 8,
    ("a", "b.c"): 8,
    ("a", "b.c", "x", "y"): 9,
    ("a", "b.c", "inline", "two", "three", 1, "deep"): 10,
    ("a", "b.c", "literal"): 11,
    ("a", "b.c", "list", 1): 16,
    ("a", "b.c", "list", 2, "in_list"): 17,
    ("a", "b.c", "when"): 19,
    ("grant", 0): 20,
    ("grant", 0, "role"): 21,
    ("grant", 0, "limits", "persons"): 23,
    ("grant", 1): 24,
    ("grant", 1, "role"): 25,
    ("grant", 1, "inner", 0): 26,
    ("grant", 1, "inner", 0, "z"): 27,
}


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize(("path", "line"), LINES.items())
def test_each_key_has_its_line(path: tuple[str | int, ...], line: int, newline: str) -> None:
    text = HARD.replace("\n", newline)
    tomllib.loads(text)
    assert line_index(text)[path] == line


def paths(value: object, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    """Give the path of every table, key and item in parsed TOML."""
    if isinstance(value, dict):
        return [path, *(inner for key in value for inner in paths(value[key], (*path, key)))]
    if isinstance(value, list):
        return [path, *(inner for place, item in enumerate(value) for inner in paths(item, (*path, place)))]
    return [path]


def test_what_the_parser_finds_the_index_has() -> None:
    assert set(paths(tomllib.loads(HARD))) <= set(line_index(HARD))


@pytest.mark.parametrize("name", POLICY_FILES)
def test_templates_with_their_remarks_taken_away(name: str) -> None:
    text = files("suyuan.cli").joinpath("templates", name).read_text(encoding="utf-8")
    assert set(paths(tomllib.loads(text))) <= set(line_index(text))


KEY = st.text(st.characters(codec="utf-8", categories=("L", "N", "P", "Z", "S")), min_size=1, max_size=6)
VALUE = st.recursive(
    st.one_of(st.integers(-9, 9), st.booleans(), st.floats(allow_nan=False), st.text(max_size=8)),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(KEY, inner, max_size=3)),
    max_leaves=8,
)


def written(value: object) -> str:
    """Write a value as TOML on one line."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{quoted(key)} = {written(inner)}" for key, inner in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(written(inner) for inner in value) + "]"
    if isinstance(value, str):
        return quoted(value)
    return str(value).lower() if isinstance(value, bool) else repr(value)


def quoted(text: str) -> str:
    return '"' + "".join(f"\\u{ord(c):04x}" if ord(c) < 32 or ord(c) == 127 or c in '"\\' else c for c in text) + '"'


@settings(max_examples=200, deadline=None)
@given(values=st.lists(st.tuples(KEY, VALUE), max_size=6, unique_by=lambda pair: pair[0]), gaps=st.integers(0, 3))
def test_any_file_of_one_key_a_line(values: list[tuple[str, object]], gaps: int) -> None:
    text = ("\n" * gaps + "# a remark\n").join(f"{quoted(key)} = {written(value)}\n" for key, value in values)
    index = line_index(text)
    parsed = tomllib.loads(text)
    assert set(paths(parsed)) <= set(index)
    for number, (key, _) in enumerate(values):
        assert index[(key,)] == 1 + number * (gaps + 2)
