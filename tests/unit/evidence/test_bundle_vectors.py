"""Old bundles verify for ever, and say for ever what they said."""

import json
from pathlib import Path

import pytest

from suyuan.crypto.sign import SigningKey
from suyuan.errors import VerificationError
from suyuan.evidence import report, statement, verify

FOLDER = Path(__file__).resolve().parents[2] / "vectors/bundles"
BUNDLES = sorted(FOLDER.glob("*.suyuan"))


def test_there_is_one() -> None:
    assert BUNDLES


@pytest.mark.parametrize("path", BUNDLES, ids=lambda path: path.name)
def test_an_old_bundle_verifies(path: Path) -> None:
    expected = json.loads(path.with_suffix(".json").read_text("utf-8"))
    verified = verify(path, policy=path.with_suffix(".policy").read_text("utf-8"), dump=path.with_suffix(".csv"))
    said = report(verified)
    assert {key: said[key] for key in expected} == expected
    assert statement(verified)
    assert statement(verified, lang="zh")


@pytest.mark.parametrize("path", BUNDLES, ids=lambda path: path.name)
def test_its_policy_and_its_dump_matter(path: Path, tmp_path: Path) -> None:
    other = tmp_path / "dump.csv"
    other.write_bytes(path.with_suffix(".csv").read_bytes() + b"\n")
    with pytest.raises(VerificationError):
        verify(path, dump=other)
    other_log = SigningKey(bytes(32), name="log.example.org/courier").verify_key
    with pytest.raises(VerificationError):
        verify(path, policy=f"log {other_log}\nquorum none\n")
