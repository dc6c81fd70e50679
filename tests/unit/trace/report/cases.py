"""Attributions to report on, with the shapes the tracer gives: ids and counts, nobody's values."""

import math
from datetime import UTC, datetime
from hashlib import sha256

from suyuan.mark.bound import budget_of_dump, naming_line
from suyuan.terms import Bits, FieldName, KindName, LeafIndex, Probability, Recipient, RecipientKind
from suyuan.trace.attribution import Attribution, ChannelFinding, DumpFacts, Finding, Grade

WRITTEN = datetime(2026, 11, 21, 10, 30, tzinfo=UTC)
ALPHA = Probability(1e-6)
SUSPECTS = 70
PERSONS = 2_913


def account(name: str) -> Recipient:
    return Recipient(kind=RecipientKind.ACCOUNT, id=name)


def partner(name: str) -> Recipient:
    return Recipient(kind=RecipientKind.PARTNER, id=name)


def channel(name: str, bits: float, agree: int, differ: int = 0, erased: int = 0) -> ChannelFinding:
    return ChannelFinding(name=name, bits=Bits(bits), agree=agree, differ=differ, erased=erased)


def finding(
    recipient: Recipient,
    *,
    bits: float,
    persons: int = 100,
    channels: tuple[ChannelFinding, ...] = (),
    not_held: int | None = None,
    left_out: int = 0,
    hits: int = 0,
    planted: int = 0,
    used: int = 0,
    number: int = 1,
    suspects: int = SUSPECTS,
    grade: Grade | None = None,
) -> Finding:
    weight = Probability(1 / suspects)
    line = naming_line(budget_of_dump(ALPHA, number=number), weight=weight)
    return Finding(
        recipient=recipient,
        label=sha256(str(recipient).encode()).digest(),
        weight=weight,
        line=line,
        bits=Bits(bits),
        grade=grade or (Grade.A if bits >= float(line) else Grade.N),
        channels=channels or (channel("phone", bits, persons // 2, persons // 2, persons // 4),),
        persons=persons,
        rows=math.ceil(persons * 1.08),
        copies=math.ceil(persons * 1.2),
        not_held=PERSONS - persons if not_held is None else not_held,
        left_out=left_out,
        hits=hits,
        planted=planted,
        used=used,
    )


def dump(name: str = "dump-2026-11.csv", *, strangers: int = 412, **counts: int) -> DumpFacts:
    figures = {"rows": 4_000, "fuzzy": 118, "contradicting": 9, "unreadable": 37, "persons": PERSONS} | counts
    return DumpFacts(
        name=name,
        sha256=sha256(name.encode()).digest(),
        size_bytes=481_207,
        matched=figures["rows"] - strangers - figures["unreadable"],
        strangers=strangers,
        columns=(
            ("0", FieldName("name"), KindName.PERSON_NAME),
            ("2", FieldName("phone"), KindName.PHONE),
            ("3", FieldName("address"), KindName.POSTAL_ADDRESS),
        ),
        **figures,
    )


def attribution(findings: tuple[Finding, ...], *, facts: DumpFacts | None = None, number: int = 1) -> Attribution:
    facts = dump() if facts is None else facts
    return Attribution(
        opened=LeafIndex(18_442),
        opened_at=datetime(2026, 11, 21, 9, 58, 12, tzinfo=UTC),
        origin="ledger.example/courier",
        number=number,
        alpha=ALPHA,
        budget=budget_of_dump(ALPHA, number=number),
        dump=facts,
        findings=tuple(sorted(findings, key=lambda f: -float(f.bits))),
        reach=tuple(f.recipient for f in findings if facts.persons and f.persons >= facts.persons / 2),
    )


def bystanders(count: int) -> tuple[Finding, ...]:
    """Give suspects that have seen some of the persons and whose marks agree by chance."""
    return tuple(
        finding(account(f"a{100 + n}"), bits=1.9 - 0.07 * n, persons=40 + (37 * n) % 900) for n in range(count)
    )


def crawler() -> Finding:
    return finding(account("svc-search"), bits=-3.86, persons=PERSONS)


def a017(**changes: int) -> Finding:
    channels = (
        channel("name", 212.41, 1_102, 31, 1_420),
        channel("phone", 688.02, 2_240, 58, 402),
        channel("address", 1_204.77, 6_003, 214, 2_216),
        channel("omission", 0.12, 2_655),
    )
    return finding(account("a017"), bits=1_977.204, persons=2_655, channels=channels, **changes)


def named() -> Attribution:
    return attribution((a017(used=14), crawler(), *bystanders(SUSPECTS - 2)))


def two_named() -> Attribution:
    second = finding(
        account("b003"),
        bits=61.339,
        persons=201,
        channels=(
            channel("name", 3.1, 60, 4, 140),
            channel("phone", 29.77, 171, 9, 30),
            channel("planted", 18.9, 1, 0, 0),
        ),
        hits=1,
        planted=1,
    )
    return attribution((a017(), second, crawler(), *bystanders(SUSPECTS - 3)))


def unknown() -> Attribution:
    tired = finding(
        account("a044"),
        bits=9.13,
        persons=2_655,
        channels=(
            channel("name", 0.0, 0, 0, 2_655),
            channel("phone", 0.0, 0, 0, 2_655),
            channel("omission", 0.2, 2_655),
        ),
    )
    return attribution((tired, crawler(), *bystanders(SUSPECTS - 2)))


def partner_by_decoy() -> Attribution:
    """A partner's export, names and numbers dropped: forms say nothing, decoys and omission do."""
    facts = dump("orders.parquet", fuzzy=0, contradicting=0, unreadable=0, strangers=40)
    acme = finding(
        partner("acme-logistics"),
        bits=233.5,
        persons=PERSONS,
        channels=(channel("omission", 61.3, PERSONS), channel("planted", 172.2, 36, 0, 4)),
        hits=36,
        planted=40,
        suspects=2,
    )
    beta = finding(
        partner("beta"),
        bits=-41.2,
        persons=2_761,
        channels=(channel("omission", -40.1, 2_761, 152), channel("planted", -1.1, 0, 0, 40)),
        not_held=0,
        left_out=152,
        planted=40,
        suspects=2,
    )
    return attribution((acme, beta), facts=facts)


def nothing_linked() -> Attribution:
    return attribution((), facts=dump("elsewhere.csv", strangers=4_000, unreadable=0, persons=0, fuzzy=0))


CASES = {
    "named": named,
    "two-named": two_named,
    "unknown": unknown,
    "partner-by-decoy": partner_by_decoy,
    "nothing-linked": nothing_linked,
}
