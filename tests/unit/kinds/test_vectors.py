"""The published vectors of every kind, valid and invalid, through both faces."""

import json
from pathlib import Path

import polars as pl
import pytest

from suyuan.kinds import KINDS, NotA
from suyuan.terms import KindName

FOLDER = Path(__file__).parents[2] / "vectors" / "kinds"
VECTORS = [json.loads(path.read_text(encoding="utf-8")) for path in sorted(FOLDER.glob("*.json"))]


def test_every_kind_with_a_shape_has_vectors() -> None:
    assert {KindName(v["kind"]) for v in VECTORS} >= set(KINDS) - {KindName("text")}


@pytest.mark.parametrize("vectors", VECTORS, ids=lambda v: v["kind"])
def test_valid(vectors: dict[str, list[dict[str, str]]]) -> None:
    kind = KINDS[KindName(str(vectors["kind"]))]
    texts = [case["text"] for case in vectors["valid"]]
    expected = [case["canonical"] for case in vectors["valid"]]
    assert [kind.canonical(text) for text in texts] == expected
    assert kind.canonical_column(pl.Series(texts)).to_list() == expected


@pytest.mark.parametrize("vectors", VECTORS, ids=lambda v: v["kind"])
def test_invalid(vectors: dict[str, list[dict[str, str]]]) -> None:
    kind = KINDS[KindName(str(vectors["kind"]))]
    texts = [case["text"] for case in vectors["invalid"]]
    for case in vectors["invalid"]:
        assert isinstance(kind.canonical(case["text"]), NotA), case["reason"]
    assert kind.canonical_column(pl.Series(texts)).null_count() == len(texts)
