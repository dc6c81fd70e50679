"""Attributions to report on, with the shapes the tracer gives: ids and counts, nobody's values."""

import math
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

from suyuan.mark.bound import budget_of_dump, naming_line
from suyuan.terms import Bits, FieldName, KindName, LeafIndex, Probability, Recipient, RecipientKind
from suyuan.trace.naming.attribution import (
    Attribution,
    ChannelFinding,
    Contradiction,
    DumpFacts,
    Finding,
    Grade,
    SetAccount,
    SetsFound,
)
from suyuan.trace.naming.timeline import Span, Timeline, Track
from suyuan.trace.report import Beside, Leader, ReportsFound

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


def other_values() -> Attribution:
    """A file of decoys beside persons; one partner was given newer values of some, another never had their mailboxes."""
    facts = dump("orders.csv", rows=3_000, strangers=66, planted=60, unreadable=0, contradicting=0, fuzzy=0)
    found = tuple(finding(partner(name), bits=bits, persons=PERSONS, suspects=3) for name, bits in BY_PARTNER.items())
    newer = Contradiction(recipient=partner("beta"), superseded=23, later=1, never_held=0)
    fewer = Contradiction(recipient=partner("gamma"), superseded=0, later=0, never_held=PERSONS)
    return replace(attribution(found, facts=facts), sets=sets(contradictions=(newer, fewer)))


BY_PARTNER = {"acme-logistics": 80.0, "beta": -1.26, "gamma": -1.66}


def nothing_linked() -> Attribution:
    return attribution((), facts=dump("elsewhere.csv", strangers=4_000, unreadable=0, persons=0, fuzzy=0))


def set_account(name: str, *, standing: str = "lead", hits: int = 212, **changes: Any) -> SetAccount:
    figures: dict[str, Any] = {
        "expected": 38.26, "log10_p": -141.2, "worst": -19.4, "gamma": 31.49, "rivals": (account("a100"),), "group": None,
        "legacy": 0, "contradicting": 3,
    } | changes  # fmt: skip
    grade = Grade.B if standing == "named" else Grade.C
    return SetAccount(recipient=account(name), grade=grade, standing=standing, hits=hits, **figures)


def sets(*accounts: SetAccount, **changes: Any) -> SetsFound:
    figures: dict[str, Any] = {
        "queues": True, "legacy": 0, "all_access": (account("svc-search"), account("svc-backup")),
    } | changes  # fmt: skip
    return SetsFound(
        note=LeafIndex(18_443), alpha=ALPHA, line=-10.2, gamma=8.0, persons=215, population=1_000_000, recipients=10_000,
        lookups=19_988_120, strata=4_411, accounts=accounts, **figures,
    )  # fmt: skip


def lookups_named() -> Attribution:
    """A dump typed anew: marks say nothing, access sets name one."""
    few = tuple(replace(f, persons=f.persons % 215, not_held=215 - f.persons % 215) for f in bystanders(9))
    tired = finding(account("a044"), bits=3.1, not_held=3, persons=212, channels=(channel("phone", 3.1, 0, 0, 212),))
    traced = attribution((tired, *few), facts=dump("retyped.xlsx", persons=215, rows=300, strangers=40))
    named_b = set_account("a044", standing="named", legacy=57)
    return replace(traced, sets=sets(named_b, set_account("a101", standing="explained", hits=80), legacy=1_204))


def lookups_group() -> Attribution:
    """An unlogged queue: four colleagues who cannot be told apart."""
    few = tuple(replace(f, persons=f.persons % 215, not_held=215 - f.persons % 215) for f in bystanders(12))
    traced = attribution(few, facts=dump("queue.csv", persons=215, rows=300, strangers=40))
    four = tuple(set_account(f"q{n}", standing="group", group=1, hits=190 + n) for n in range(4))
    return replace(traced, sets=sets(*four, set_account("a102", hits=71, gamma=3.27), queues=False))


def timeline() -> Timeline:
    """Releases of half a year: a017 shows the values of the file, the crawler older ones too."""

    def track(name: str, *, every: int, same: int, other: int, unknown: int = 0) -> Track:
        first = WRITTEN - timedelta(days=180)
        spans = tuple(
            Span(
                begin=first + timedelta(days=n),
                same=same + n if n >= 60 else 0,
                other=other if n < 60 else 0,
                unknown=unknown,
            )
            for n in range(0, 180, every)
        )
        begun = [span.begin for span in spans if span.same]
        return Track(
            recipient=account(name),
            spans=tuple(span for span in spans if span.copies),
            first_same=begun[0] if begun else None,
            last_same=begun[-1] if begun else None,
        )

    return Timeline(
        opened_at=datetime(2026, 11, 21, 9, 58, 12, tzinfo=UTC),
        days=2,
        tracks=(
            track("a017", every=6, same=4, other=0),
            track("svc-search", every=12, same=40, other=90),
            track("a100", every=30, same=0, other=3, unknown=2),
        ),
    )


def reports() -> ReportsFound:
    """Four reports that count, one lead, an alias that was called."""
    leaders = (
        Leader(recipient=account("a017"), hits=4, bits=Bits(31.2), robust=Bits(28.4), more=None),
        Leader(recipient=account("a100"), hits=2, bits=Bits(4.4), robust=Bits(-0.3), more=6),
    )
    return ReportsFound(
        reports=4, ignored=2, line=Bits(26.6), lead=account("a017"), leaders=leaders, all_access=(account("svc-search"),),
        aliases=((LeafIndex(17_002), (account("a017"),)), (LeafIndex(17_004), ())),
    )  # fmt: skip


FINGERPRINT = sha256(b"the log's key").hexdigest()

BESIDE = {
    "named": Beside(fingerprint=FINGERPRINT, timeline=timeline(), reports=reports()),
    "lookups-named": Beside(fingerprint=FINGERPRINT, timeline=replace(timeline(), tracks=timeline().tracks[1:2])),
}
"""What stands beside some of the cases."""

CASES = {
    "named": named,
    "two-named": two_named,
    "unknown": unknown,
    "partner-by-decoy": partner_by_decoy,
    "other-values": other_values,
    "nothing-linked": nothing_linked,
    "lookups-named": lookups_named,
    "lookups-group": lookups_group,
}
