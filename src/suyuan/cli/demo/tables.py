"""The three traces of one leak, side by side."""

from collections.abc import Mapping
from dataclasses import dataclass

from rich import box
from rich.table import Table

from suyuan.cli.demo.examine import Examined
from suyuan.cli.demo.leaks import LEVELS, Staff
from suyuan.cli.demo.telling import Telling
from suyuan.cli.demo.world import SHOWN_FIELDS
from suyuan.simulation import Normalisation
from suyuan.terms import Recipient, RecipientKind


@dataclass(frozen=True, slots=True, kw_only=True)
class SideBySide:
    """The traces by level, and the truth to hold them against."""

    traces: Mapping[Normalisation, Examined]
    rented: tuple[str, ...]
    staff: Staff

    def named(self, level: Normalisation) -> list[str]:
        """Give the rented accounts that a trace names."""
        return [account for account in self.rented if self.traces[level].is_named(_account(account))]

    def falsely(self, level: Normalisation) -> list[str]:
        """Give whoever a trace names though no row of the file is theirs."""
        named = (finding.recipient for finding in self.traces[level].attribution.named)
        return [str(who) for who in named if who not in [_account(account) for account in self.rented]]

    def alone(self, level: Normalisation, *, channel: str) -> int:
        """Give how many rented accounts one channel names by itself."""
        return sum(who in map(_account, self.rented) for who in self.traces[level].channels.get(channel, []))

    def others(self, level: Normalisation) -> int:
        """Give how many suspects have nothing in the file."""
        return len(self.traces[level].attribution.findings) - len(self.rented)

    def bits(self, level: Normalisation, *, account: str) -> float:
        """Give the evidence against an account."""
        findings = self.traces[level].attribution.findings
        return next(float(f.bits) for f in findings if f.recipient == _account(account))

    def rows_it_took(self, level: Normalisation, *, account: str) -> int | None:
        """Give how many rows of the account stood where it was first named; None where it is not named."""
        first = self.traces[level].rows_to_name.get(_account(account))
        return None if first is None else self.staff.rows_of(account, first=first)

    def figures(self) -> dict[str, object]:
        """Give the same as plain data."""
        return {level.value: self._figures(level) for level in LEVELS}

    def _figures(self, level: Normalisation) -> dict[str, object]:
        traced = self.traces[level]
        return {
            "answer": "named" if traced.attribution.named else "unknown",
            "rows": traced.attribution.dump.rows,
            "linked": traced.attribution.dump.matched,
            "line": max((float(f.line) for f in traced.attribution.findings), default=None),
            "named": self.named(level),
            "falsely_named": self.falsely(level),
            "suspects": len(traced.attribution.findings),
            "by_channel_alone": {name: self.alone(level, channel=name) for name in SHOWN_FIELDS},
            "leads": len(traced.attribution.reach),
            "trace_seconds": round(traced.trace_seconds, 2),
            "accounts": {
                account: {
                    "rows_in_dump": self.staff.rows_of(account),
                    "bits": round(self.bits(level, account=account), 2),
                    "rows_it_took": self.rows_it_took(level, account=account),
                    "file_rows_it_took": traced.rows_to_name.get(_account(account)),
                }
                for account in self.rented
            },
        }

    def table(self, telling: Telling) -> Table:
        """Give the picture of it."""
        table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
        table.add_column(telling.text("leak.account"), no_wrap=True)
        for level in LEVELS:
            table.add_column(telling.text(f"leak.{level.value}"), justify="right", no_wrap=True)
        for account in self.rented:
            label = telling.text("leak.lost", account=account, rows=self.staff.rows_of(account))
            table.add_row(label, *(self._cell(level, account=account, telling=telling) for level in LEVELS))
        table.add_section()
        for label, cells in self._sums(telling):
            table.add_row(label, *cells)
        return table

    def _cell(self, level: Normalisation, *, account: str, telling: Telling) -> str:
        took, bits = self.rows_it_took(level, account=account), self.bits(level, account=account)
        if took is None:
            return telling.text("leak.cell_unknown", bits=bits)
        return telling.text("leak.cell_named", bits=bits, rows=took)

    def _sums(self, telling: Telling) -> list[tuple[str, list[str]]]:
        def of(part: int, whole: int) -> str:
            return telling.text("leak.of", part=part, whole=whole)

        all_of = len(self.rented)
        lines = [max((float(f.line) for f in self.traces[level].attribution.findings), default=0.0) for level in LEVELS]
        alone = [
            (
                telling.text("leak.alone", channel=telling.text(f"leak.{name}")),
                [of(self.alone(level, channel=name), all_of) for level in LEVELS],
            )
            for name in ("address", "phone", "name")
        ]
        return [
            (telling.text("leak.line"), [telling.text("leak.bits", bits=line) for line in lines]),
            (telling.text("leak.named"), [of(len(self.named(level)), all_of) for level in LEVELS]),
            *alone,
            (telling.text("leak.false"), [of(len(self.falsely(level)), self.others(level)) for level in LEVELS]),
            (telling.text("leak.seconds"), [f"{self.traces[level].trace_seconds:.1f} s" for level in LEVELS]),
        ]


def _account(account: str) -> Recipient:
    return Recipient(kind=RecipientKind.ACCOUNT, id=account)
