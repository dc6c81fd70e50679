"""The rows of a page show the same forms as one look-up each, and its digest is of what was shown."""

import json
from hashlib import sha256

import numpy as np

from suyuan.kinds.kind import Canonical
from suyuan.kinds.registry import KINDS
from suyuan.release.drawing import draws_of, show_drawn
from suyuan.release.marking import draws, show
from suyuan.release.masks import BUILT_IN, WAYBILL
from suyuan.release.rendering import Step, render, render_rows
from suyuan.simulation import invent_people
from suyuan.terms import FieldName, KindName

FIELDS = {"name": KindName.PERSON_NAME, "phone": KindName.PHONE, "address": KindName.POSTAL_ADDRESS}


def rows_and_lanes() -> tuple[list[dict[FieldName, str]], np.ndarray]:
    people = invent_people(300, seed=5)
    columns = {name: KINDS[kind].canonical_column(people[name]).to_list() for name, kind in FIELDS.items()}
    rows = [
        {FieldName(name): column[i] for name, column in columns.items() if column[i] is not None} for i in range(300)
    ]
    lanes = np.random.default_rng(5).integers(0, 256, (300, len(FIELDS), 32), dtype=np.uint8)
    return rows, lanes


def test_draws_are_those_of_each_lane_key() -> None:
    _, lanes = rows_and_lanes()
    drawn = draws_of(lanes).tolist()
    assert tuple(drawn[7][2]) == draws(lanes[7, 2].tobytes())
    assert np.shape(drawn) == (300, 3, 4)


def test_a_value_is_shown_as_its_lane_key_says() -> None:
    rows, lanes = rows_and_lanes()
    drawn, shown = draws_of(lanes).tolist(), 0
    for lane, (name, kind) in enumerate(FIELDS.items()):
        for i, row in enumerate(rows):
            value = row.get(FieldName(name))
            if value is not None:
                expected = show(Canonical(value), kind=KINDS[kind], lane_key=lanes[i, lane].tobytes())
                assert show_drawn(Canonical(value), kind=KINDS[kind], drawn=drawn[i][lane]) == expected
                shown += expected != value
    assert shown > 300


def test_a_page_is_its_rows_and_its_digest_is_of_them() -> None:
    rows, lanes = rows_and_lanes()
    steps = (
        Step(name=FieldName("name"), kind=KINDS[KindName.PERSON_NAME], mask=BUILT_IN[WAYBILL], lane=None),
        Step(name=FieldName("phone"), kind=KINDS[KindName.PHONE], mask=None, lane=0),
        Step(name=FieldName("address"), kind=KINDS[KindName.POSTAL_ADDRESS], mask=None, lane=None),
    )
    del rows[3][FieldName("phone")]
    told, digest = render_rows(rows, steps=steps, draws=draws_of(lanes).tolist())
    shown = [render(row, steps=steps, lanes=lanes[i].tobytes()) for i, row in enumerate(rows)]
    assert told == [{name: value.reveal() for name, value in row.items()} for row in shown]
    text = json.dumps(told, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    assert digest == sha256(text.encode()).digest()
