"""The files that turn up: the rented accounts' rows three times, a partner's export, and strangers."""

from dataclasses import dataclass, replace
from pathlib import Path

import polars as pl

from suyuan.cli.demo.world import SHOWN_FIELDS, World
from suyuan.kinds import KINDS
from suyuan.simulation import Leak, Normalisation, disguise, retype, take, write_dump
from suyuan.terms import KindName

LEVELS = (Normalisation.AS_LEAKED, Normalisation.HALF, Normalisation.FULL)
_KINDS = {
    "name": KINDS[KindName.PERSON_NAME],
    "phone": KINDS[KindName.PHONE],
    "email": KINDS[KindName.EMAIL],
    "address": KINDS[KindName.POSTAL_ADDRESS],
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Staff:
    """The dump of the rented accounts' rows, in its three states.

    `origin` and `cases`: whose row each is, and by which case it was seen; null for a stranger; the truth.
    """

    files: dict[Normalisation, Path]
    origin: pl.Series
    cases: pl.Series

    def rows_of(self, account: str, *, first: int | None = None) -> int:
        """Give how many rows of the file, or of its first ones, were taken from an account."""
        return int((self.origin.head(first or len(self.origin)) == account).sum())


@dataclass(frozen=True, slots=True, kw_only=True)
class PartnerFile:
    """A partner's rows as they turn up. `customers`: whose they are, which the file does not say; the truth."""

    file: Path
    customers: pl.Series


def leak_staff(shown: pl.DataFrame, *, world: World, folder: Path) -> Staff:
    """Write what the rented accounts were shown, mixed with strangers: one file for each level of retyping.

    `shown` has `case` beside what was shown; the files have not.
    """
    scale = world.scale
    strangers = world.strangers.head(scale.strangers)
    taken = take(
        shown, accounts=world.rented, seed=scale.seed, rows=scale.dump_rows - scale.strangers, strangers=strangers
    )
    leak = replace(taken, frame=taken.frame.drop("case"))
    files = {}
    for level in LEVELS:
        files[level] = folder / f"{level.value}.csv"
        again = disguise(retype(leak, kinds=_KINDS, level=level, seed=scale.seed), seed=scale.seed)
        write_dump(again.frame, files[level], encoding="gb18030", header=False)
    return Staff(files=files, origin=leak.origin, cases=taken.frame["case"])


def leak_partner(export: Path, *, partner: str, world: World, folder: Path) -> PartnerFile:
    """Write part of a partner's export: names and customer numbers dropped, every value retyped."""
    rows = pl.read_csv(export, infer_schema=False).with_columns(account=pl.lit(partner))
    taken: Leak = take(rows, accounts=[partner], seed=world.scale.seed, rows=world.scale.dump_rows)
    plain = retype(taken, kinds=_KINDS, level=Normalisation.FULL, seed=world.scale.seed)
    file = folder / "partner.txt"
    write_dump(
        disguise(plain, seed=world.scale.seed, drop=("customer", "name")).frame, file, separator="----", header=False
    )
    return PartnerFile(file=file, customers=taken.frame["customer"])


def leak_elsewhere(world: World, *, folder: Path) -> Path:
    """Write a file of people the platform never knew."""
    file = folder / "elsewhere.csv"
    write_dump(world.strangers.select(SHOWN_FIELDS), file)
    return file
