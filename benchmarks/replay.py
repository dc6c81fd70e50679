"""A bank's real work, replayed through the door; then every busy account leaks what it saw, and is to be found.

Who looked when is the event log of BPI Challenge 2012 (4TU, autumn part); whom they saw are FEBRL 4's originals; what
they saw is what the door showed. Run: python benchmarks/replay.py [folder for the picture]
"""

import os
import platform
import resource
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import numpy.typing as npt
import polars as pl

from suyuan.app import Store, create_store, open_log, open_store
from suyuan.collect.admit import admit
from suyuan.hold.ports import CaseLink
from suyuan.ledger.verify import verify_log
from suyuan.mark.coalition import WIDE
from suyuan.mark.law import OMISSION, chance_columns, choose_columns
from suyuan.mark.score import Observations, rows_bits, usual_strategies
from suyuan.mark.table import ERASED
from suyuan.release.request import LookupRequest
from suyuan.simulation import assign_people, dirty, first_touches
from suyuan.terms import AccountId, CaseId, FieldName, PersonNumber, PurposeName
from suyuan.trace.naming.findings import line_of
from suyuan.trace.naming.reading import FieldReading
from suyuan.trace.naming.tracer import Traced

EVENTS = Path(__file__).resolve().parent.parent.parent / "shared/data/bpic2012_autumn.csv.gz"
FEBRL = Path(os.environ.get("SUYUAN_FEBRL_DIR", "~/.cache/suyuan/febrl")).expanduser()
KINDS_OF = {
    "given_name": "person_name",
    "surname": "person_name",
    "street_number": "text",
    "address_1": "postal_address",
    "address_2": "text",
    "suburb": "text",
    "postcode": "text",
    "state": "text",
    "date_of_birth": "date",
    "soc_sec_id": "identifier",
}
POLICY = {
    "fields.toml": '[rec_id]\nkind = "identifier"\nkey = true\n'
    + "".join(f'[{name}]\nkind = "{kind}"\n' for name, kind in KINDS_OF.items()),
    "purposes.toml": '[loan]\nground = "contract"\nacts = ["lookup"]\nfields = { '
    + ", ".join(f'{name} = "clear"' for name in KINDS_OF)
    + " }\n",
    "contracts.toml": "",
    "pools.toml": "",
}
MACHINE = "112"
"""The account of the bank's own system: it touches every case, and is among the suspects."""

DIRT = 0.2
BUSIEST = 20
ORDERS = 5
MOST_ROWS = 120


def silent(*_: object) -> None:
    """Say nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Replayed:
    """A store after a season's work: its folder, what each account was shown, and what the door took."""

    folder: Path
    shown: pl.DataFrame
    people: int
    entries: int
    seconds: float
    cpu_seconds: float

    @property
    def busiest(self) -> list[str]:
        """The busiest accounts of people, busiest first."""
        counts = self.shown.filter(pl.col("account") != MACHINE)["account"].value_counts(sort=True)
        return counts.sort("count", "account", descending=[True, False])["account"].head(BUSIEST).to_list()


def replay(folder: Path, *, say: Callable[..., None] = silent) -> Replayed:
    """Release every pair of the event log through the door of a new store, and verify its ledger."""
    store_folder, secret = folder / "store", folder / "store.passphrase"
    settings = f'version = 1\norigin = "log.example/bank"\npassphrase_file = "{secret}"\n'
    create_store(store_folder, settings_text=settings, policy_texts=POLICY, passphrase_file=secret)
    touches = first_touches(EVENTS, without_system=None)
    originals = pl.read_csv(FEBRL / "dataset4a.csv", infer_schema=False)
    originals = originals.rename({name: name.strip() for name in originals.columns})
    with open_store(store_folder) as store:
        admitted, _ = admit(originals, fields=store.policy.fields)
        list(store.vault.store(admitted))
        people = admitted.values["rec_id"]
        numbers = _numbers(store, people=people)
        assigned = assign_people(touches["case_id"], customers=people, seed=1)
        pairs = touches.join(assigned, on="case_id", how="left", maintain_order="left")
        links = [
            CaseLink(
                case=_case(case, account=account), account=AccountId(account), person=numbers[customer],
                opened=datetime(2011, 1, 1, tzinfo=UTC), closed=None,
            )
            for _, account, case, customer in pairs.iter_rows()
        ]  # fmt: skip
        store.vault.add_cases(tuple(links))
        wall, cpu = time.perf_counter(), time.process_time()
        shown: list[dict[str, str]] = []
        with store.door() as door:
            for link in links:
                request = LookupRequest(
                    account=link.account, purpose=PurposeName("loan"), case=link.case, person=link.person
                )
                fields = door.lookup(request).fields
                shown.append({"account": link.account, **{name: fields[name].reveal() for name in fields}})
                if len(shown) % 4_000 == 0:
                    say(f"  {len(shown):,} released")
        seconds, cpu_seconds = time.perf_counter() - wall, time.process_time() - cpu
    with open_log(store_folder) as (log, files, key):
        entries = verify_log(log, keys=(key,), files=files).size
    schema = {"account": pl.String, **dict.fromkeys(KINDS_OF, pl.String)}
    return Replayed(
        folder=store_folder, shown=pl.DataFrame(shown, schema=schema), people=len(people), entries=entries,
        seconds=seconds, cpu_seconds=cpu_seconds,
    )  # fmt: skip


def _case(case: str, *, account: str) -> CaseId:
    return CaseId(f"{case}/{account}")


def _numbers(store: Store, *, people: pl.Series) -> dict[str, PersonNumber]:
    kind = store.policy.fields[FieldName("rec_id")].kind
    tokens = store.broker.tokenizer(kind).column(people).to_numpy()
    found = store.people.find(kind, tokens).tolist()
    return {customer: PersonNumber(number) for customer, number in zip(people, found, strict=True)}


@contextmanager
def traced(replayed: Replayed, *, dump: pl.DataFrame) -> Iterator[Traced]:
    """Trace a dump on a copy of the store of its own, as if it were the first dump ever found."""
    with tempfile.TemporaryDirectory(dir=replayed.folder.parent) as folder:
        copy = Path(folder) / "store"
        shutil.copytree(replayed.folder, copy)
        path = Path(folder) / "dump.csv"
        dump.write_csv(path)
        with open_store(copy) as store, store.door() as door:
            yield store.leak_response(door, matcher=None).trace(path)


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What one account's dirty leak came to."""

    account: str
    rows: int
    linked: int
    named: tuple[str, ...]
    bits: float
    runner_up: float
    line: float
    seconds: float

    @property
    def is_right(self) -> bool:
        """Whether the right account was named, and nobody else."""
        return self.named == (self.account,)


def leak_each(replayed: Replayed, *, say: Callable[..., None] = silent) -> list[Found]:
    """Let each of the busiest accounts leak all that it saw, with typing errors in a fifth of the values."""
    found = []
    for seed, account in enumerate(replayed.busiest):
        rows = replayed.shown.filter(pl.col("account") == account).drop("account")
        dump = rows.with_columns(dirty(rows[name], share=DIRT, seed=seed) for name in rows.columns)
        wall = time.perf_counter()
        with traced(replayed, dump=dump.sample(fraction=1, shuffle=True, seed=seed)) as trace:
            findings = trace.attribution.findings
            mine = next(f for f in findings if f.recipient.id == account)
            found.append(
                Found(
                    account=account,
                    rows=dump.height,
                    linked=trace.attribution.dump.matched,
                    named=tuple(f.recipient.id for f in trace.attribution.named),
                    bits=float(mine.bits),
                    runner_up=max(float(f.bits) for f in findings if f.recipient.id != account),
                    line=float(mine.line),
                    seconds=time.perf_counter() - wall,
                )
            )
        say(f"  {account}: {found[-1].bits:7.1f} bits of {found[-1].line:.1f}, named {', '.join(found[-1].named)}")
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Smallest:
    """The smallest number of leaked rows that names each account, for several orders: shape (accounts, orders)."""

    clean: npt.NDArray[np.int64]
    noisy: npt.NDArray[np.int64]


def smallest_leaks(replayed: Replayed, *, say: Callable[..., None] = silent) -> Smallest:
    """Find how few rows would do. Only the whole clean leak is opened; smaller ones are evaluated from its reading."""
    clean, noisy = [], []
    for seed, account in enumerate(replayed.busiest):
        rows = replayed.shown.filter(pl.col("account") == account).drop("account").unique("soc_sec_id")
        with traced(replayed, dump=rows.sample(fraction=1, shuffle=True, seed=seed).head(400)) as trace:
            clean.append([fewest(trace, account=account, noise=0.0, seed=s) for s in range(ORDERS)])
            noisy.append([fewest(trace, account=account, noise=DIRT, seed=s) for s in range(ORDERS)])
        say(f"  {account}: clean {clean[-1]}, noisy {noisy[-1]}")
    return Smallest(clean=np.array(clean), noisy=np.array(noisy))


def fewest(trace: Traced, *, account: str, noise: float, seed: int) -> int:
    """Give the smallest number of leaked rows, taken in a random order, at which the account is named."""
    dice = np.random.default_rng(seed)
    suspect = next(i for i, who in enumerate(trace.copies.suspects) if who.id == account)
    order = dice.permutation(len(trace.linked))
    mine = trace.copies.suspect[trace.pairs.copy] == suspect
    line = float(line_of(trace.fixed, suspect=suspect))
    noised = [_noised(reading, share=noise, dice=dice) for reading in trace.readings]
    for rows in range(1, MOST_ROWS + 1):
        pairs = np.flatnonzero(mine & np.isin(trace.pairs.link, order[:rows]))
        channels = (*(reading.opened.field for reading in trace.readings), OMISSION)
        bits = rows_bits(_seen(trace, pairs=pairs, noised=noised, channels=channels), grid=usual_strategies(channels))
        if bits[0] >= line:
            return rows
    return MOST_ROWS + 1


def _noised(reading: FieldReading, *, share: float, dice: np.random.Generator) -> npt.NDArray[np.int64]:
    """Give the choices with a share of the readable slots drawn anew from their law."""
    radices, choices = reading.opened.radices, reading.opened.choices.astype(np.int64)
    draws = dice.integers(0, 65_536, radices.shape, dtype=np.uint16)
    hit = (dice.random(radices.shape) < share) & (choices != ERASED)
    return np.where(hit, choose_columns(draws, radices=radices), choices)


def _seen(
    trace: Traced,
    *,
    pairs: npt.NDArray[np.int64],
    noised: list[npt.NDArray[np.int64]],
    channels: tuple[str, ...],
) -> Observations:
    place = np.full(len(trace.pairs.link), -1)
    place[pairs] = np.arange(len(pairs))
    columns: list[tuple[npt.NDArray[np.generic], ...]] = []
    for channel, (reading, choices) in enumerate(zip(trace.readings, noised, strict=True)):
        at, slot = np.nonzero((place[reading.opened.pair] >= 0)[:, None] & (choices != ERASED))
        shown = choices[at, slot]
        chance = chance_columns(shown.astype(np.uint8), radices=reading.opened.radices[at, slot])
        columns.append(
            (
                place[reading.opened.pair[at]],
                np.full(len(at), channel),
                chance,
                shown == reading.marks[at, slot],
                np.where(reading.opened.radices[at, slot] == 2, shown, WIDE).astype(np.int8),
            )
        )
    pair, channel_of, chances, match, side = (np.concatenate(part) for part in zip(*columns, strict=True))
    return Observations(
        suspects=1, channels=channels, suspect=np.zeros(len(pairs), dtype=np.int64),
        person=trace.linked[trace.pairs.link[pairs]], pair=pair, channel=channel_of, chance=chances, match=match,
        side=side,
    )  # fmt: skip


def draw(smallest: Smallest, *, path: Path) -> None:
    """Draw how many of the accounts a leak of so many rows names, clean and noisy, as SVG."""
    left, right, top, bottom = 56, 620, 28, 236
    most = int(max(smallest.clean.max(), smallest.noisy.max())) + 1
    curves = []
    for values, colour, name in (
        (smallest.clean, "#0b6e4f", "clean"),
        (smallest.noisy, "#b5562c", "20 % of slots re-randomised"),
    ):
        shares = [(values <= rows).mean() for rows in range(most + 1)]
        x = [left + (right - left) * rows / most for rows in range(most + 1)]
        y = [bottom - (bottom - top) * share for share in shares]
        steps = f"M{x[0]:.1f} {y[0]:.1f}" + "".join(f"H{a:.1f}V{b:.1f}" for a, b in zip(x[1:], y[1:], strict=True))
        middle = int(np.median(values))
        curves.append(f'<path d="{steps}" fill="none" stroke="{colour}" stroke-width="2"/>')
        curves.append(
            f'<text x="{x[min(middle, most)] + 6:.1f}" y="{(top + bottom) / 2 + (14 if name != "clean" else 0):.1f}" '
            f'fill="{colour}">{name}: half by {middle}</text>'
        )
    ticks = "".join(
        f'<text x="{left + (right - left) * rows / most:.1f}" y="{bottom + 16}" text-anchor="middle">{rows}</text>'
        for rows in range(0, most + 1, 5 if most <= 60 else 10)
    )
    scale = "".join(
        f'<text x="{left - 8}" y="{bottom - (bottom - top) * share + 4:.1f}" text-anchor="end">{share:.0%}</text>'
        f'<path d="M{left} {bottom - (bottom - top) * share:.1f}H{right}" stroke="#ddd"/>'
        for share in (0, 0.5, 1)
    )
    path.write_text(
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 640 280" font-family="sans-serif" font-size="12">'
        f'<rect width="640" height="280" fill="#fff"/>{scale}{"".join(curves)}{ticks}'
        f'<text x="{left}" y="16">Leaks that name their account, by the number of leaked rows</text>'
        f'<text x="{(left + right) / 2}" y="{bottom + 36}" text-anchor="middle">leaked rows</text></svg>\n',
        encoding="utf-8",
    )


def main() -> None:
    picture = Path(sys.argv[1] if len(sys.argv) > 1 else "docs/explanation") / "smallest-leak.svg"
    print(f"{platform.platform()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
    with tempfile.TemporaryDirectory() as folder:
        replayed = replay(Path(folder), say=print)
        pairs = replayed.shown.height
        print(
            f"{pairs:,} pairs of {replayed.people:,} people released to {replayed.shown['account'].n_unique()} accounts: "
            f"{1e3 * replayed.seconds / pairs:.2f} ms each ({1e3 * replayed.cpu_seconds / pairs:.2f} ms CPU); "
            f"ledger of {replayed.entries:,} entries verifies"
        )
        found = leak_each(replayed, say=print)
        right = sum(one.is_right for one in found)
        wrong = sum(len(set(one.named) - {one.account}) for one in found)
        print(
            f"dirt on {DIRT:.0%} of values: right account named {right} of {len(found)}, others named {wrong}; "
            f"line {found[0].line:.1f} bits, weakest {min(one.bits for one in found):.0f} bits, "
            f"strongest other {max(one.runner_up for one in found):.1f} bits; "
            f"{np.median([one.seconds for one in found]):.1f} s a trace, copy of the store included"
        )
        smallest = smallest_leaks(replayed, say=print)
    for name, rows in (("clean", smallest.clean), ("20 % of slots re-randomised", smallest.noisy)):
        print(
            f"smallest leak that names, {name}: {int(np.median(rows))} rows in the median, "
            f"{rows.min()} to {rows.max()} over {rows.size} leaks"
        )
    draw(smallest, path=picture)
    print(f"{picture}; peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:,.0f} MB")


if __name__ == "__main__":
    main()
