"""What a verified bundle says, no stronger than what was checked: as text in English or Chinese, and as plain data.

Three strengths. Without a policy: consistent, signer not authenticated. With one: the log is authenticated, and
its witnesses' time is outside time. Without the dump: bits of the committed rows. With it: rows checked.
"""

import math
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Literal

from suyuan.errors import RefusedError
from suyuan.evidence.arithmetic import stated
from suyuan.evidence.checks import Finding
from suyuan.evidence.verify import Verified
from suyuan.evidence.wording import CHINESE, ENGLISH, LIMITS

Language = Literal["en", "zh"]

_MOST_MILLISECONDS = 250_000_000_000_000
_RELEASES_SPELLED_OUT = 20


def statement(verified: Verified, *, lang: Language = "en") -> str:
    """Give what the bundle says, as text for people.

    Raises: RefusedError: `evidence.language`, a language other than en and zh.
    """
    if lang not in ("en", "zh"):
        raise RefusedError("a statement is in en or zh", code="evidence.language")
    words = CHINESE if lang == "zh" else ENGLISH
    lines = [words["title"], "", *_about(verified, words=words)]
    for finding in verified.checked.findings:
        lines += ["", *_finding(finding, verified=verified, words=words)]
    lines += ["", words["limits"], *(f"- {words[limit]}" for limit in LIMITS)]
    return "\n".join(lines) + "\n"


def report(verified: Verified) -> dict[str, object]:
    """Give what the bundle says, as plain data for programs."""
    opened = verified.checked.bundle.opened
    witnessed = verified.witnessed
    return {
        "consistent": True,
        "log": {
            "origin": verified.origin,
            "fingerprint": verified.fingerprint,
            "authenticated": witnessed is not None,
            "tree_size": verified.checked.checkpoint.size,
        },
        "outside_time": None if witnessed is None else witnessed.at,
        "witnesses": [] if witnessed is None else list(witnessed.names),
        "dump": {
            "sha256": opened.dump.sha256.hex(),
            "rows": opened.dump.rows,
            "given": verified.dump is not None,
            "rows_checked": 0 if verified.dump is None else verified.dump.rows,
            "cells_reread": verified.dump is not None and verified.dump.reread,
        },
        "trace": {
            "leaf": verified.checked.bundle.trace_leaf,
            "number": opened.number,
            "t": verified.checked.opened_at,
            "alpha": list(opened.alpha),
        },
        "links": {
            "linked": opened.dump.matched,
            "strangers": opened.dump.strangers,
            "unreadable": opened.dump.unreadable,
            "caution": opened.dump.strangers + opened.dump.unreadable > opened.dump.matched,
        },
        "accused": [_finding_data(finding) for finding in verified.checked.findings],
        "limits": {"en": [ENGLISH[limit] for limit in LIMITS], "zh": [CHINESE[limit] for limit in LIMITS]},
    }


def _finding_data(finding: Finding) -> dict[str, object]:
    accused = finding.accused
    return {
        "recipient": {"kind": accused.kind, "id": accused.id, "label": accused.label},
        "named": finding.accused.named,
        "grade": "A" if finding.accused.named else "N",
        "bits": finding.accused.bits,
        "line": stated(finding.line),
        "bits_rows": stated(finding.measure.rows),
        "bits_planted": stated(finding.measure.planted),
        "persons_shown": finding.persons,
        "persons_linked": finding.suspect.persons,
        "rows": finding.rows,
        "marks_read": finding.slots,
        "marks_agreeing": finding.agreeing,
        "planted": finding.suspect.planted,
        "planted_found": finding.hits,
        "releases": list(finding.releases),
        **({"decoys": finding.decoys, "decoys_held": finding.decoys_held} if finding.decoys else {}),
    }


def _about(verified: Verified, *, words: Mapping[str, str]) -> list[str]:
    """Say who signed, when, and on what dump."""
    bundle = verified.checked.bundle
    facts = bundle.opened.dump
    lines = [
        words["log"].format(origin=printable(verified.origin)),
        words["key"].format(fingerprint=verified.fingerprint),
    ]
    if verified.witnessed is None:
        lines.append(words["unauthenticated"])
    else:
        lines.append(words["authenticated"])
        if verified.witnessed.at is None:
            lines.append(words["no-witness"])
        else:
            time = moment(verified.witnessed.at * 1000, words=words)
            lines.append(
                words["witnessed"].format(time=time, names=", ".join(map(printable, verified.witnessed.names)))
            )
    lines.append(
        words["dump"].format(
            sha256=facts.sha256.hex(),
            size=facts.size,
            rows=facts.rows,
            matched=facts.matched,
            strangers=facts.strangers,
            unreadable=facts.unreadable,
        )
    )
    if verified.dump is None:
        lines.append(words["rows-committed"])
    elif verified.dump.reread:
        lines.append(words["rows-checked"].format(count=verified.dump.rows))
    else:
        lines.append(words["rows-parquet"])
    time = moment(verified.checked.opened_at, words=words)
    lines.append(words["opened"].format(time=time, leaf=bundle.trace_leaf, number=bundle.opened.number))
    lines.append(words["links"])
    others = facts.strangers + facts.unreadable
    if others > facts.matched:
        lines.append(words["caution"].format(others=others, matched=facts.matched))
    top, bottom = bundle.opened.alpha
    lines.append(words["alpha"].format(alpha=f"{top}/{bottom}"))
    return lines


def _finding(finding: Finding, *, verified: Verified, words: Mapping[str, str]) -> list[str]:
    """Say what is shown of one accused."""
    accused, opened = finding.accused, verified.checked.bundle.opened
    what = words[accused.kind] if accused.kind in ("account", "partner") else printable(accused.kind)
    recipient = words["recipient"].format(kind=what, id=printable(accused.id), label=printable(accused.label))
    verdict = words["named" if accused.named else "unnamed"]
    lines = [
        recipient,
        verdict.format(bits=accused.bits, line=f"{finding.line:.2f}"),
        words["proposition-1"].format(what=what.lower(), releases=_releases(finding.releases)),
        words["proposition-2"],
    ]
    if finding.measure.total > 0:
        lines.append(words["chance"].format(bits=accused.bits, decimal=_power_of_ten(-float(accused.bits))))
    else:
        lines.append(words["no-chance"])
    alpha = math.log2(opened.alpha[0]) - math.log2(opened.alpha[1])
    budget = -finding.line - math.log2(finding.suspect.weight[0]) + math.log2(finding.suspect.weight[1])
    lines += [
        words["budget"].format(budget=_power_of_ten(budget), alpha=_power_of_ten(alpha)),
        words["because"],
        words["basis"].format(
            persons=finding.persons,
            linked=finding.suspect.persons,
            rows=finding.rows,
            slots=finding.slots,
            agreeing=finding.agreeing,
            contradicting=finding.slots - finding.agreeing,
            hits=finding.hits,
            planted=finding.suspect.planted,
        ),
    ]
    if finding.decoys:
        lines.append(words["decoys"].format(decoys=finding.decoys, held=finding.decoys_held))
    if finding.releases:
        first, last = (moment(time, words=words) for time in (finding.first_released, finding.last_released))
        lines.append(words["released"].format(first=first, last=last))
    return lines


def _releases(leaves: tuple[int, ...]) -> str:
    spelled = ", ".join(map(str, leaves[:_RELEASES_SPELLED_OUT]))
    rest = len(leaves) - _RELEASES_SPELLED_OUT
    return f"{spelled} … (+{rest})" if rest > 0 else spelled or "-"


def _power_of_ten(bits: float) -> str:
    """Give 2^bits in tens, rounded up, so that a bound stays one: `3.1e-12`."""
    exponent = math.floor(bits * math.log10(2))
    tenths = math.ceil(10 ** (bits * math.log10(2) - exponent) * 10 - 1e-9)
    if tenths >= 100:
        tenths, exponent = 10, exponent + 1
    return f"{tenths / 10:.1f}e{exponent:+03d}" if exponent else f"{tenths / 10:.1f}"


def moment(milliseconds: int, *, words: Mapping[str, str]) -> str:
    """Give a time for people, in UTC; one beyond any calendar as its number."""
    if not 0 <= milliseconds <= _MOST_MILLISECONDS:
        return words["unknown-time"].format(ms=milliseconds)
    time = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=milliseconds)
    return time.strftime("%Y-%m-%d %H:%M:%S UTC")


def printable(text: str) -> str:
    """Give a text without what could move a terminal's cursor or hide other text."""
    return "".join(c if c.isprintable() else "\ufffd" for c in text)
