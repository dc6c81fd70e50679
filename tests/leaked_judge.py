"""How a read file is judged against its truth: right, refused, counted, or silently wrong."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import polars as pl
from tests.leaked_people import FIELDS, Leak, Truth

from suyuan.errors import SuyuanError
from suyuan.kinds.registry import KINDS
from suyuan.terms import FieldName
from suyuan.trace.dump import Dump
from suyuan.trace.ingest import ingest


def canonical(values: Sequence[str | None], *, field: str) -> list[str | None]:
    return list(KINDS[FIELDS[FieldName(field)]].canonical_column(pl.Series(values, dtype=pl.String)))


def mistakes(dump: Dump, *, truth: Sequence[Mapping[str, str] | None]) -> list[str]:
    """Say what of a dump is not as its truth, row by row: rows, counts, and every field in its canonical form.

    `truth` has what each row of the file shows by field, None where nobody can read the row.
    """
    table, true = dump.table(), [row for row in truth if row is not None]
    if table["row"].to_list() != [number for number, row in enumerate(truth) if row is not None]:
        return [f"rows: {table.height} read, {len(true)} true; {dump.unreadable} unreadable"]
    found = [] if dump.read == len(truth) else [f"counted {dump.read} rows of {len(truth)}"]
    for field in true[0]:
        if field not in table.columns:
            found.append(f"{field} is not found")
            continue
        pairs = zip(
            canonical(table[field].to_list(), field=field),
            canonical([row[field] for row in true], field=field),
            strict=True,
        )
        wrong = [pair for pair in pairs if pair[0] != pair[1]]
        if wrong:
            found.append(f"{field}: {len(wrong)} wrong, such as {wrong[0]}")
    return found


def found_too(dump: Dump, *, fields: Sequence[str]) -> list[str]:
    """Give fields beside these of which some cell shows something: a value made up is worse than one that is missed."""
    return [f for f in dump.kinds if f not in fields and dump.table()[f].str.strip_chars().ne("").any()]


def judge(case: Leak, path: Path) -> tuple[str, str]:
    """Give `right`, `refused`, `missed` (less than there is, all of it counted or shown), or `wrong`, and why."""
    try:
        dump = ingest(path, fields=FIELDS)
    except SuyuanError as error:
        return "refused", f"{error.code}: {error}"
    fields = list(dict.fromkeys(name for person in case.truth for name in person))
    table = dump.table()
    shown = {name: canonical(table[name].to_list(), field=name) for name in table.columns if name != "row"}
    checked = [name for name in shown if name not in case.loose or name in fields]
    rows = [{name: shown[name][i] for name in checked} for i in range(table.height)]
    rows = [row for row in rows if any(row.values())]
    true = canonicals(case.truth)
    # 1. Align in order: each row read is the next person of whom it shows nothing false.
    place, missing, wrong = 0, [], []
    for row in rows:
        ahead = place
        while ahead < len(true) and not same(row, true[ahead], loose=case.loose):
            ahead += 1
        if ahead == len(true):
            wrong.append((place, row, true[place] if place < len(true) else None))
            place += 1
        else:
            missing += range(place, ahead)
            place = ahead + 1
    missing += range(place, len(true))
    lost = [name for name in fields if name not in shown and name not in case.loose]
    if wrong:
        return "wrong", f"{len(wrong)} rows, such as {wrong[0]}; found {list(shown)}"
    if len(missing) > dump.unreadable:
        return "wrong", f"{len(missing)} people lost, {dump.unreadable} counted unreadable"
    if lost:
        return "missed", f"fields not found: {lost}; {[(c.index, c.name, c.field) for c in dump.columns]}"
    partial = [
        name
        for name in fields
        if name not in case.loose
        and sum(bool(r.get(name)) for r in rows)
        < sum(t.get(name, {None}) != {None} for n, t in enumerate(true) if n not in missing)
    ]
    if partial:
        return "missed", f"cells empty that are not: {partial}"
    if not set(missing) <= case.maybe:
        return "missed", f"{len(missing)} people among the unreadable {dict(dump.reasons)}"
    if dump.unreadable > len(missing) + case.junk or dump.read > len(true) + case.junk:
        return "missed", f"read {dump.read}, unreadable {dump.unreadable}, people {len(true)}, junk {case.junk}"
    return "right", f"{dump.read} rows, {dump.unreadable} unreadable, {list(shown)} {dump.notes}"


def canonicals(truth: Sequence[Truth]) -> list[dict[str, set[str | None]]]:
    """Give the truth in canonical form, each field converted at one go."""
    people = [{name: (v,) if isinstance(v, str) else v for name, v in person.items()} for person in truth]
    found: dict[str, dict[str, str | None]] = {}
    for name in {name: None for person in people for name in person}:
        values = list({value: None for person in people for value in person.get(name, ())})
        found[name] = dict(zip(values, canonical(values, field=name), strict=True))
    return [{name: {found[name][value] for value in values} for name, values in person.items()} for person in people]


def same(row: dict[str, str | None], person: dict[str, set[str | None]], *, loose: frozenset[str]) -> bool:
    """Say whether a row shows nothing that is not the person's, and at least one value that is."""
    hit = False
    for name, value in row.items():
        if value is None or (name in loose and name not in person):
            continue
        if value not in person.get(name, set()):
            return False
        hit = True
    return hit
