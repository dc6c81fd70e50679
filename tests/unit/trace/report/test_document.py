"""The JSON of a trace keeps its keys, its figures and its silence."""

import json
import math
from dataclasses import replace

import pytest
from tests.unit.trace.report.cases import CASES, account, attribution, channel, dump, finding, named

from suyuan.crypto import canonical
from suyuan.terms import Bits, FieldName, KindName
from suyuan.trace.report import as_json
from suyuan.trace.report.document import Json


def keys_of(value: object) -> object:
    if isinstance(value, dict):
        return {key: keys_of(below) for key, below in value.items()}
    if isinstance(value, list):
        return [keys_of(value[0])] if value else []
    return None


RECIPIENT = {"kind": None, "id": None}
SHAPE: Json = {
    "v": None,
    "answer": None,
    "named": [RECIPIENT],
    "origin": None,
    "opened": {"entry": None, "at": None},
    "budget": {"alpha": None, "number": None, "part": None},
    "dump": {
        **dict.fromkeys(("name", "sha256", "size", "rows", "matched", "fuzzy", "contradicting", "strangers")),
        **dict.fromkeys(("planted", "unreadable", "persons", "known")),
        "known_from": [],
        "notes": [],
        "missed": [],
        "columns": [{"at": None, "field": None, "kind": None}],
    },
    "suspects": [
        {
            "recipient": RECIPIENT,
            **dict.fromkeys(("label", "grade", "named", "sole_source", "bits", "line", "weight", "persons", "rows")),
            "tail": None,
            **dict.fromkeys(("copies", "not_held", "left_out", "hits", "planted", "used")),
            "channels": [dict.fromkeys(("name", "bits", "agree", "differ", "erased", "expected"))],
        }
    ],
    "reach": [RECIPIENT],
    "sets": None,
    "known_at": None,
    "later": [],
    "timeline": None,
}


def test_the_keys_are_stable() -> None:
    assert keys_of(as_json(named())) == SHAPE


@pytest.mark.parametrize("case", CASES)
def test_it_round_trips(case: str) -> None:
    said = as_json(CASES[case]())
    assert json.loads(json.dumps(said, allow_nan=False)) == said


def test_the_figures_are_the_attributions_own() -> None:
    traced = named()
    said = json.loads(json.dumps(as_json(traced)))
    assert said["answer"] == "named"
    assert said["named"] == [{"kind": "account", "id": "a017"}]
    assert said["opened"] == {"entry": 18_442, "at": "2026-11-21T09:58:12.000Z"}
    assert said["dump"]["rows"] == said["dump"]["matched"] + said["dump"]["strangers"] + said["dump"]["unreadable"]
    assert said["dump"]["columns"][0] == {"at": 0, "field": "name", "kind": "person_name"}
    assert len(said["suspects"]) == len(traced.findings)
    assert said["suspects"][0]["bits"] == float(traced.findings[0].bits)
    assert as_json(CASES["unknown"]())["answer"] == "unknown"


def test_whoever_cannot_have_shown_a_value_is_no_sole_source_anywhere() -> None:
    said = as_json(CASES["other-values"]())
    assert [one["sole_source"] for one in said["suspects"]] == [True, False, False]
    assert (said["dump"]["strangers"], said["dump"]["planted"]) == (66, 60)


def test_no_text_of_the_dump_and_no_folder_is_repeated() -> None:
    facts = replace(dump("C:\\Users\\zhang\\leak.csv"), columns=(("姓名", FieldName("name"), KindName.PERSON_NAME),))
    said = json.dumps(as_json(attribution((), facts=facts)), ensure_ascii=False)
    assert "姓名" not in said
    assert "zhang" not in said
    assert '"name": "leak.csv"' in said


def test_minus_infinity_is_null() -> None:
    never = finding(account("never"), bits=-math.inf, channels=(channel("phone", -math.inf, 0),))
    assert as_json(attribution((replace(never, bits=Bits(-math.inf)),)))["suspects"][0]["bits"] is None  # type: ignore[index]


def test_canonical_bytes_refuse_it_so_it_is_never_hashed_by_mistake() -> None:
    with pytest.raises(Exception, match="float"):
        canonical.encode(as_json(named()))
