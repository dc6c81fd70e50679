"""Foreign text cannot steer a terminal, hide itself or turn the line."""

import json

import pytest

from suyuan.errors import RefusedError
from suyuan.legible import ID_CHARACTERS, printable, printable_json, printable_lines, require_id

STEERING = ["\x1b[31m", "\x07", "\x9b31m", "\u202e", "\u2066", "\u200b", "\u2028", "\ud800", "\x00", "\r", "\U000e0041"]


@pytest.mark.parametrize("steering", STEERING)
def test_what_steers_is_spelled_out_and_no_id(steering: str) -> None:
    text = f"a{steering}b"
    assert printable(text).startswith("a\\u")
    printable(text).encode()
    shown = printable_json(json.dumps({"id": text}, ensure_ascii=False, indent=2))
    assert steering[0] not in shown
    assert json.loads(shown) == {"id": text}
    with pytest.raises(RefusedError, match="the case id is no text") as refused:
        require_id(text, what="case")
    assert refused.value.code == "id.text"


@pytest.mark.parametrize("text", ["clerk-07", "张伟 2", "é", "a" * ID_CHARACTERS])
def test_what_is_seen_stays(text: str) -> None:
    assert printable(text) == require_id(text, what="account") == text


@pytest.mark.parametrize("text", ["", "a" * (ID_CHARACTERS + 1)])
def test_ids_have_a_length(text: str) -> None:
    with pytest.raises(RefusedError):
        require_id(text, what="account")


def test_lines_stay_lines() -> None:
    assert printable_lines("a\nb\x1b") == "a\nb\\u001b"
