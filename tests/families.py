"""An export family for tests: partners of one purpose whose copies share decoys, and what those do who compare theirs."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import polars as pl
from tests.courier import POLICY, Courier, courier

from suyuan.kinds import KINDS
from suyuan.release.door import Door
from suyuan.terms import FieldName

FIELDS = ("customer", "name", "phone", "email", "address")
PARTNERS = 5
DECOYS = 240
"""As many as two of five need who leave nothing else: 116 of them are in both copies, worth about 44 bits."""

DOMAINS = ("letters.example", "home.example")
_CONTRACT = """
[S-{number}]
partner = "p{number}"
purposes = ["fulfilment"]
shared_decoys = {decoys}
decoys = 2
"""
NUMBERS = [f"+86{16_600_000_000 + 249_989 * place}" for place in range(360)]
"""Single numbers, far from each other: those that differ between two copies say nothing of the rest."""

_POOLS = f"""
[family-phones]
kind = "phone"
identifiers = {NUMBERS}
use = "shared"
""" + "".join(
    f'[family-mail-{place}]\nkind = "email"\ndomain = "{domain}"\nuse = "shared"\n'
    for place, domain in enumerate(DOMAINS)
)


def policy(*, decoys: int = DECOYS, more: str = "") -> dict[str, str]:
    """Give the courier's policy with contracts S-0, S-1 ... that share decoys, and pools for them."""
    contracts = "".join(_CONTRACT.format(number=number, decoys=decoys) for number in range(PARTNERS))
    return {
        **POLICY, "contracts.toml": POLICY["contracts.toml"] + contracts + more,
        "pools.toml": POLICY["pools.toml"] + _POOLS,
    }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Exported:
    """A courier whose partners have got the same rows: `copies` as they were handed over."""

    here: Courier
    door: Door
    copies: Sequence[pl.DataFrame]

    def canonical(self, frame: pl.DataFrame) -> pl.DataFrame:
        """Give a table as somebody normalises it who knows what marks are: no spelling is left."""
        fields = self.here.store.policy.fields
        return frame.with_columns(
            KINDS[fields[FieldName(name)].kind].canonical_column(frame[name]).alias(name)
            for name in FIELDS
            if name in frame.columns
        )

    def in_all(self, *partners: int) -> pl.DataFrame:
        """Give what colluders have who normalise their copies and keep only the rows that all of them have."""
        first, *others = (self.canonical(self.copies[partner]) for partner in partners)
        for other in others:
            first = first.join(other, on=first.columns, how="semi", nulls_equal=True)
        return first


def decoys_of(frame: pl.DataFrame) -> pl.DataFrame:
    """Give the family's decoys among rows, by the domains of their mailboxes."""
    return frame.filter(pl.any_horizontal(pl.col("email").str.ends_with(f"@{domain}") for domain in DOMAINS))


@contextmanager
def exported(folder: Path, *, people: int = 40, decoys: int = DECOYS) -> Iterator[Exported]:
    """Give every partner the same rows under its own contract."""
    with courier(folder, people=people, policy=policy(decoys=decoys)) as here, here.store.door() as door:
        frame = here.people.select(FIELDS).with_columns(batch=pl.lit("spring"))
        copies = []
        for number in range(PARTNERS):
            here.export(door, partner=f"p{number}", contract=f"S-{number}", name=f"{number}.csv", frame=frame)
            copies.append(pl.read_csv(here.folder / f"{number}.csv", infer_schema=False))
        yield Exported(here, door, copies)
