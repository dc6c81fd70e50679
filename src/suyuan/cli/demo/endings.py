"""Steps 5 to 7 of the story and its end: a partner's export, a file from elsewhere, the evidence, the cost, and where all lies."""

import shlex
import statistics
import sys
import time
from decimal import Decimal
from pathlib import Path

from suyuan import app
from suyuan.cli.demo.examine import Examined
from suyuan.cli.demo.person import FILE as HER_FILE
from suyuan.cli.demo.tables import SideBySide
from suyuan.cli.demo.telling import Telling
from suyuan.cli.demo.world import World
from suyuan.errors import VerificationError
from suyuan.evidence import verify
from suyuan.mark.law import OMISSION
from suyuan.simulation import Normalisation, break_even
from suyuan.terms import Recipient, RecipientKind
from suyuan.trace.naming.attribution import Finding

Figures = dict[str, object]

REPORTED = (Normalisation.AS_LEAKED.value, "partner")
"""Dumps that get a report for people; the first gets its evidence written too."""

_PLANTED = "planted"
_TENTH = Decimal("0.1")


def show_partner(telling: Telling, *, examined: Examined, partner: str) -> Figures:
    """Step 5: what is left to name a partner by, once every spelling is gone."""
    dump, findings = examined.attribution.dump, examined.attribution.findings
    who = Recipient(kind=RecipientKind.PARTNER, id=partner)
    finding = next(f for f in findings if f.recipient == who)
    other = next(f for f in findings if f.recipient.kind is RecipientKind.PARTNER and f.recipient != who)
    falsely = [str(f.recipient) for f in examined.attribution.named if f.recipient != who]
    rows, line, total = examined.rows_to_name.get(who), float(finding.line), float(finding.bits)
    telling.head("partner.head")
    telling.say("partner.what", rows=dump.rows, partner=partner)
    if finding.named:
        telling.say(
            "partner.named", partner=partner, bits=total, line=line, rows=rows, false=len(falsely),
            others=len(findings) - 1,
        )  # fmt: skip
    else:
        telling.say("partner.unknown", bits=total, line=line)
    telling.point("partner.decoys", hits=finding.hits, planted=finding.planted, bits=_bits(finding, _PLANTED))
    telling.point("partner.omission", left_out=finding.left_out, other=other.left_out, bits=_bits(finding, OMISSION))
    forms = [float(c.bits) for c in finding.channels if c.name not in (OMISSION, _PLANTED)]
    telling.point("partner.forms", bits=max(forms, default=0.0))
    return {
        "answer": "named" if finding.named else "unknown",
        "rows": dump.rows,
        "named": [str(f.recipient) for f in examined.attribution.named],
        "falsely_named": falsely,
        "bits": round(total, 2),
        "line": round(line, 2),
        "file_rows_it_took": rows,
        "bits_by_channel_alone": {c.name: round(float(c.bits), 2) for c in finding.channels},
        "decoys_found": finding.hits,
        "planted": finding.planted,
    }


def _bits(finding: Finding, channel: str) -> float:
    return next((float(c.bits) for c in finding.channels if c.name == channel), 0.0)


def show_elsewhere(telling: Telling, *, examined: Examined) -> Figures:
    """Step 6: a file that never came from here."""
    attribution = examined.attribution
    answer = (
        telling.text("elsewhere.named", named=len(attribution.named))
        if attribution.named
        else telling.text("leak.unknown")
    )
    telling.head("elsewhere.head")
    telling.say("elsewhere.done", rows=attribution.dump.rows, matched=attribution.dump.matched, answer=answer)
    return {
        "answer": "named" if attribution.named else "unknown",
        "rows": attribution.dump.rows,
        "linked": attribution.dump.matched,
        "falsely_named": [str(f.recipient) for f in attribution.named],
    }


def show_evidence(telling: Telling, *, folder: Path, dump: Path) -> Figures:
    """Step 7: the evidence verifies without the store, and does not with one bit changed."""
    telling.head("evidence.head")
    file = folder / f"{REPORTED[0]}.suyuan"
    (folder / "log.policy").write_text(f"log {app.read_vkey(folder / 'store')}\nquorum none\n", encoding="ascii")
    if not file.exists():
        return {"verified": False}
    begun = time.perf_counter()
    verified = verify(file, policy=(folder / "log.policy").read_text(encoding="ascii"), dump=dump)
    seconds = time.perf_counter() - begun
    size = file.stat().st_size
    telling.say(
        "evidence.verified", name=file.name, megabytes=size / 1e6, seconds=seconds, origin=verified.origin,
        fingerprint=verified.fingerprint,
    )  # fmt: skip
    for finding in verified.checked.findings:
        telling.point(
            "evidence.accused", id=finding.accused.id, bits=finding.accused.bits, line=finding.line,
            persons=finding.persons, rows=finding.rows,
        )  # fmt: skip
    at, said = size // 2, _flipped(file, at=size // 2)
    telling.say("evidence.flipped", at=at)
    telling.quote(said or telling.text("evidence.held"), style="red")
    return {
        "verified": True,
        "bytes": size,
        "accused": {f.accused.id: f.accused.bits for f in verified.checked.findings},
        "flipped_byte": at,
        "flipped_fails": bool(said),
        "flipped_line": said,
        "verify_seconds": round(seconds, 2),
    }


def _flipped(file: Path, *, at: int) -> str:
    """Flip one bit of the evidence in memory; give what the verifier says, nothing if it was taken in."""
    data = bytearray(file.read_bytes())
    data[at] ^= 1
    try:
        verify(bytes(data))
    except VerificationError as error:
        return f"suyuan: error: {error}"
    return ""


def show_cost(telling: Telling, *, world: World, side: SideBySide) -> Figures:
    """What the thief paid, what it brought, and how early his copies were named."""
    stolen, days = world.work.thefts.height, world.work.rentals.height
    one = break_even(stolen, price_per_record=Decimal(1), account_days=days)
    tenth = break_even(stolen, price_per_record=_TENTH, account_days=days)
    took = [side.rows_it_took(Normalisation.AS_LEAKED, account=account) for account in world.rented]
    rows = [row for row in took if row is not None]
    telling.head("cost.head")
    telling.say(
        "cost.rent", stolen=stolen, account_days=days, cost=one.cost, needed_one=one.needed, needed_tenth=tenth.needed,
        income_one=one.income, income_tenth=tenth.income, median=round(statistics.median(rows)) if rows else 0,
        most=max(rows, default=0),
    )  # fmt: skip
    return {
        "records": stolen,
        "account_days": days,
        "cost_yuan": float(one.cost),
        "break_even_records": {"1": one.needed, "0.1": tenth.needed},
        "income_yuan": {"1": float(one.income), "0.1": float(tenth.income)},
        "rows_until_named": {"median": statistics.median(rows) if rows else None, "most": max(rows, default=None)},
    }


def show_end(telling: Telling, *, folder: Path, dump: Path, seconds: float, lang: str) -> None:
    """Step 9: where everything lies, the commands to look at it, and what must be said at the end."""
    name = REPORTED[0]
    suyuan, place = _command(), shlex.quote(str(folder))
    telling.head("end.head")
    telling.point("end.report")
    for report in REPORTED:
        telling.command(f"{folder / report}.html")
    telling.point("end.evidence")
    telling.command(f"{folder / name}.suyuan")
    telling.command(f"{suyuan} verify {place}/{name}.suyuan --policy {place}/log.policy --dump {place}/{dump.name}")
    telling.command(f"{suyuan} verify {place}/{HER_FILE} --policy {place}/log.policy --lang {lang}")
    telling.command(f"{suyuan} ledger verify --store {place}/store")
    telling.command(f"{suyuan} trace dump {place}/{dump.name} --exact-only --store {place}/store")
    telling.console.print()
    telling.say("end.accounts")
    telling.say("end.not_shown")
    telling.say("end.time", seconds=seconds)


def _command() -> str:
    """Give how the reader started this: from a clone, or installed."""
    return "./suyuan" if sys.argv[0].endswith("__main__.py") and Path("suyuan").is_file() else "suyuan"
