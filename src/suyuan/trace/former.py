"""Which linked rows show a value that its person has no more: such a row was copied before the value was replaced."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final, Protocol

import polars as pl

from suyuan.terms import FieldName, KindName
from suyuan.trace.dump import ROW, Dump
from suyuan.trace.link import FORMER, Links, strong_fields, tokens_of
from suyuan.trace.ports import Numbers, TokenMaker, Tokens

_HELD: Final = pl.Schema({"token": pl.UInt64(), "person": pl.Int64(), "until": pl.Int64()})


class FormerTokens(Protocol):
    """Knows the tokens of values that were replaced; the people store is one."""

    def former_tokens(self, kind: KindName) -> tuple[Tokens, Numbers, Numbers]:
        """Give every token of a kind that a person has no more, the person, and until when (milliseconds) she had it."""
        ...


def with_former(links: Links, *, dump: Dump, people: FormerTokens, tokenizers: Mapping[KindName, TokenMaker]) -> Links:
    """Give the links with `former`: the rows whose strong identifiers show an older version of their person.

    Only rows of persons who had another value once are read again; without such persons the dump is not touched.

    Test: tests/unit/flows/test_former.py.
    """
    strong = strong_fields(dump.kinds, tokenizers=tokenizers)
    held = {kind: _held(people, kind=kind) for kind in {dump.kinds[name] for name in strong}}
    changed = pl.concat([pl.Series("person", [], dtype=pl.Int64), *(one["person"] for one in held.values())]).unique()
    theirs = links.table.select(ROW, "person").join(changed.to_frame(), on="person", how="semi")
    if not theirs.height:
        return links
    found = [pl.DataFrame(schema=FORMER)]
    for batch in dump.batches:
        rows = batch.join(theirs, on=ROW, how="inner")
        found += [
            _matched(rows, name=name, kind=dump.kinds[name], held=held[dump.kinds[name]], tokenizers=tokenizers)
            for name in strong
            if rows.height
        ]
    return replace(links, former=pl.concat(found).group_by(ROW).agg(pl.col("until").min()).sort(ROW))


def _held(people: FormerTokens, *, kind: KindName) -> pl.DataFrame:
    return pl.DataFrame(list(people.former_tokens(kind)), schema=_HELD)


def _matched(
    rows: pl.DataFrame,
    *,
    name: FieldName,
    kind: KindName,
    held: pl.DataFrame,
    tokenizers: Mapping[KindName, TokenMaker],
) -> pl.DataFrame:
    """Give the rows whose cell of a field is a value that their person had once, and until when."""
    has_value, tokens = tokens_of(rows[name], kind=kind, tokenizer=tokenizers[kind])
    shown = rows.filter(pl.Series(has_value)).select(ROW, "person").with_columns(pl.Series("token", tokens))
    return shown.join(held, on=["token", "person"], how="inner").select(pl.col(ROW), pl.col("until")).cast(FORMER)
