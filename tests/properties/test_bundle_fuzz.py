"""Whatever is fed to the verifier, it answers with an error of the house, in one line, or with a verified bundle."""

import json
from contextlib import suppress
from copy import deepcopy

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.evidence_world import World, honest_world
from tests.json_values import json_value
from tests.properties.test_bundle_mutations import MEMBERS, forged, places, reached

from suyuan.errors import SuyuanError
from suyuan.evidence import Verified, report, statement, verify
from suyuan.evidence.container import MEMBERS as FILES
from suyuan.evidence.container import read_container, write_container
from suyuan.evidence.note import parse_checkpoint, parse_note, parse_vkey
from suyuan.evidence.opening import read_person_entry, read_trace_open
from suyuan.evidence.plain import Node, decode
from suyuan.evidence.policy import read_policy

WORLD: World = honest_world()
FILE = WORLD.write()
CONTENT = read_container(FILE)
VALUES = {member: json.loads(CONTENT[f"{member}.json"]) for member in MEMBERS}
PLACES = {member: list(places(value)) for member, value in VALUES.items()}


def verified_or_message(data: bytes) -> Verified | str:
    try:
        return verify(data)
    except SuyuanError as error:
        return str(error)


def try_verify(data: bytes) -> None:
    verified = verified_or_message(data)
    if isinstance(verified, str):
        assert verified
        assert "\n" not in verified
        return
    assert statement(verified)
    assert statement(verified, lang="zh")
    assert json.dumps(report(verified))


@given(st.binary(max_size=300))
def test_any_bytes(data: bytes) -> None:
    try_verify(data)
    try_verify(b"PK\x03\x04" + data)


@given(member=st.sampled_from(FILES), content=st.binary(max_size=200))
def test_any_bytes_as_a_member(member: str, content: bytes) -> None:
    try_verify(write_container({**CONTENT, member: content}))


@given(data=st.data(), member=st.sampled_from(MEMBERS), value=json_value)
def test_any_value_anywhere_signed_with_the_true_key(data: st.DataObject, member: str, value: object) -> None:
    path = data.draw(st.sampled_from(PLACES[member]))
    path = path[: data.draw(st.integers(1, len(path)))]
    changed, inner = reached(VALUES[member], path=path)
    inner[path[-1]] = deepcopy(value)  # type: ignore[index]
    try:
        file = forged(WORLD, CONTENT, name=f"{member}.json", value=changed)
    except UnicodeEncodeError:
        return
    try_verify(file)


@given(st.dictionaries(st.sampled_from(["v", "p", "rows", "cells", "copies"]), json_value))
def test_any_value_as_an_entry(value: object) -> None:
    for read in (read_person_entry, read_trace_open):
        with pytest.raises(SuyuanError):
            read(Node(value, "x"))


@given(
    st.one_of(
        st.binary(max_size=200),
        st.text(max_size=200).map(lambda t: (t + "\n\n— a AAAAAAAA\n").encode("utf-8", "replace")),
    )
)
def test_any_note(data: bytes) -> None:
    for parse in (parse_note, parse_checkpoint, decode):
        with suppress(SuyuanError):
            parse(data, place="x")


@given(st.text(max_size=120))
def test_any_vkey_and_policy(text: str) -> None:
    for parse in (lambda: parse_vkey(text, place="x"), lambda: read_policy(text), lambda: read_policy("log " + text)):
        with pytest.raises(SuyuanError):
            parse()


def test_no_value_of_a_person_is_in_an_error() -> None:
    """Every value is replaced by a telephone number in turn; no error repeats it."""
    secret = "17012345678"
    for member in MEMBERS:
        for path in PLACES[member][:: max(1, len(PLACES[member]) // 60)]:
            changed, inner = reached(VALUES[member], path=path)
            inner[path[-1]] = secret  # type: ignore[index]
            with pytest.raises(SuyuanError) as caught:
                verify(forged(WORLD, CONTENT, name=f"{member}.json", value=changed))
            assert secret not in str(caught.value)


def test_a_bomb_is_refused() -> None:
    deep = b"[" * 100_000 + b"]" * 100_000
    try_verify(write_container({**CONTENT, "leaves.json": deep}))
    huge = b'{"leaves":[' + b"9" * 100_000 + b"]}"
    try_verify(write_container({**CONTENT, "leaves.json": huge}))
    for text in (deep, huge):
        with pytest.raises(SuyuanError):
            decode(text, place="x")
