import base64
import json
from pathlib import Path
from typing import Any

import pytest

from suyuan.crypto.sign import SigningKey, note_text, open_note, parse_vkey, sign_note
from suyuan.errors import RefusedError, VerificationError

KEY = SigningKey(bytes(32), name="log.example/suyuan")
OTHER = SigningKey(b"\x01" * 32, name="witness.example")


@pytest.fixture(scope="module")
def example(repository: Path) -> Any:
    return json.loads((repository / "tests/vectors/crypto_published.json").read_text("utf-8"))["signed_note"]


def test_the_published_note_opens_and_is_signed_the_same(example: Any) -> None:
    key = parse_vkey(example["vkey"])
    opened = open_note(example["note"], keys=[key])
    assert opened.signers == ("PeterNeumann",)
    signer = SigningKey(base64.b64decode(example["private"])[1:], name="PeterNeumann")
    assert str(signer.verify_key) == example["vkey"]
    assert sign_note(opened.text, keys=[signer]) == example["note"]


def test_every_flipped_byte_refuses_a_note() -> None:
    note = sign_note("log.example/suyuan\n3\nroot\n", keys=[KEY]).encode("utf-8")
    for position in range(len(note)):
        for mask in (0x01, 0x20, 0x80):
            bad = bytearray(note)
            bad[position] ^= mask
            with pytest.raises(VerificationError):
                open_note(bytes(bad), keys=[KEY.verify_key])
    for end in range(len(note)):
        with pytest.raises(VerificationError):
            open_note(note[:end], keys=[KEY.verify_key])


def test_unknown_signatures_are_ignored_and_known_ones_must_hold() -> None:
    note = sign_note("text\n", keys=[OTHER, KEY])
    assert open_note(note, keys=[KEY.verify_key]).signers == ("log.example/suyuan",)
    assert open_note(note, keys=[KEY.verify_key, OTHER.verify_key]).signers == ("witness.example", "log.example/suyuan")
    with pytest.raises(VerificationError, match="no signature by a known key"):
        open_note(sign_note("text\n", keys=[OTHER]), keys=[KEY.verify_key])
    forged = sign_note("text\n", keys=[KEY]).replace("text\n", "texts\n", 1)
    with pytest.raises(VerificationError, match="does not verify"):
        open_note(forged, keys=[KEY.verify_key])
    last_line = note.split("\n")[-2] + "\n"
    with pytest.raises(VerificationError, match="signed twice"):
        open_note(note + last_line, keys=[KEY.verify_key])


@pytest.mark.parametrize(
    "note", ["", "text", "text\n", "text\n\n", "text\n\n\n", "te\txt\n\n— a AAAAAAA=\n", "t\n\n— a AAAAAAA=", "t\n\n- a AAAAAAA=\n",
             "t\n\n— a AAAA\n", "t\n\n— a AAAAAAB=\n", "t\n\n— a+b AAAAAAA=\n", "t\n\n" + "— a AAAAAAA=\n" * 101]
)  # fmt: skip
def test_a_malformed_note_is_refused(note: str) -> None:
    with pytest.raises(VerificationError, match=r"signed note|base64"):
        open_note(note, keys=[KEY.verify_key])


def test_bytes_that_are_no_text_are_refused() -> None:
    with pytest.raises(VerificationError, match="UTF-8"):
        note_text(b"\xff\n\n")
    with pytest.raises(VerificationError):
        sign_note("no newline", keys=[KEY])


def test_a_vkey_reads_strictly() -> None:
    good = str(KEY.verify_key)
    assert parse_vkey(good) == KEY.verify_key
    assert len(KEY.verify_key.fingerprint) == 64
    name, number, key = good.split("+", 2)
    ecdsa = base64.b64encode(b"\x02" + KEY.verify_key.public).decode()
    for bad in ("", name, f"{name}+{number}", f"+{number}+{key}", f"{name}+00000000+{key}", f"{name}+{number.upper()}x+{key}",
                f"{name}+{number}+{key[:-4]}", f"{name}+{number}+{ecdsa}", f"a b+{number}+{key}"):  # fmt: skip
        with pytest.raises(VerificationError):
            parse_vkey(bad)


def test_a_signing_key_needs_a_seed_and_a_name_and_prints_neither_secret() -> None:
    with pytest.raises(RefusedError):
        SigningKey(b"short", name="a")
    for name in ("", "a b", "a+b"):
        with pytest.raises(RefusedError):
            SigningKey(bytes(32), name=name)
    assert repr(KEY) == "<signing key log.example/suyuan>"


def test_no_line_of_a_note_carries_what_a_terminal_obeys() -> None:
    signed = sign_note("a\n", keys=[KEY])
    for name in ("\x1b[31mred", "\x07", "a\x00b"):
        with pytest.raises(VerificationError, match="control character"):
            open_note(signed + f"— {name} {base64.b64encode(b'12345678').decode()}\n", keys=[KEY.verify_key])
