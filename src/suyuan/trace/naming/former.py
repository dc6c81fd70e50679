"""Which linked rows show an identifier that its person has no more, or has only since she lost another: such a row has a date."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final, Protocol

import numpy as np
import polars as pl

from suyuan.terms import FieldName, KindName
from suyuan.trace.dump import ROW, Dump
from suyuan.trace.link import DATED, Links, strong_fields, tokens_of
from suyuan.trace.ports import Numbers, TokenMaker, Tokens

_SPANS: Final = pl.Schema({"token": pl.UInt64(), "person": pl.Int64(), "since": pl.Int64(), "until": pl.Int64()})


class FormerTokens(Protocol):
    """Knows the tokens of values that were replaced; the people store is one."""

    def former_tokens(self, kind: KindName) -> tuple[Tokens, Numbers, Numbers]:
        """Give every token of a kind that a person has no more, the person, and until when (milliseconds) she had it."""
        ...

    def token_spans(self, kind: KindName, tokens: Tokens) -> Sequence[tuple[int, int, int, int | None]]:
        """Give token, person, and from when until when (milliseconds; None: still) she had it, of each token of a kind."""
        ...


def with_dates(links: Links, *, dump: Dump, people: FormerTokens, tokenizers: Mapping[KindName, TokenMaker]) -> Links:
    """Give the links with `dated`: when the strong identifiers that rows show were their persons'.

    Only rows of persons who had another value once are read again; without such persons the dump is not touched.

    Test: tests/unit/flows/test_former.py.
    """
    strong = strong_fields(dump.kinds, tokenizers=tokenizers)
    ended = {kind: _ended(people, kind=kind) for kind in {dump.kinds[name] for name in strong}}
    changed = pl.concat([pl.Series("person", [], dtype=pl.Int64), *(one["person"] for one in ended.values())]).unique()
    theirs = links.table.select(ROW, "person").join(changed.to_frame(), on="person", how="semi")
    if not theirs.height:
        return links
    found = [pl.DataFrame(schema=DATED)]
    for batch in dump.batches:
        rows = batch.join(theirs, on=ROW, how="inner")
        for name in strong if rows.height else ():
            kind = dump.kinds[name]
            mine = rows.join(ended[kind].select("person"), on="person", how="semi")
            spans = _spans(mine, name=name, kind=kind, people=people, tokenizer=tokenizers[kind])
            # What she had from the first is as old as it likes: only what came after another has a beginning.
            since = pl.when(pl.col("since") >= pl.col("ended")).then("since")
            dated = spans.join(ended[kind], on="person").with_columns(since=since, field=pl.lit(str(name)))
            found.append(dated.select(DATED.names()).cast(DATED))
    has_date = pl.col("since").is_not_null() | pl.col("until").is_not_null()
    return replace(links, dated=pl.concat(found).filter(has_date).sort(ROW, "field"))


def _ended(people: FormerTokens, *, kind: KindName) -> pl.DataFrame:
    """Give the persons who had another value of a kind once, and when the first of those ended."""
    _, persons, until = people.former_tokens(kind)
    table = pl.DataFrame({"person": persons, "ended": until}, schema={"person": pl.Int64, "ended": pl.Int64})
    return table.group_by("person").agg(pl.col("ended").min())


def _spans(
    rows: pl.DataFrame, *, name: FieldName, kind: KindName, people: FormerTokens, tokenizer: TokenMaker
) -> pl.DataFrame:
    """Give when the cells of a field were the values of their rows' persons."""
    has_value, tokens = tokens_of(rows[name], kind=kind, tokenizer=tokenizer)
    shown = rows.filter(pl.Series(has_value)).select(ROW, "person").with_columns(pl.Series("token", tokens))
    found = people.token_spans(kind, np.unique(tokens))
    known = pl.DataFrame(list(found), schema=_SPANS, orient="row")
    return shown.join(known, on=["token", "person"], how="inner")
