"""`suyuan trace report`: what victims say, gathered into leads."""

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from suyuan.cli.customer import KeyArgument, person_by_key
from suyuan.cli.options import JsonOption, Lang, LangOption, StoreOption, store_at, time_given
from suyuan.cli.output import print_columns, print_json, result
from suyuan.cli.trace_words import word

if TYPE_CHECKING:
    from suyuan.flows.reports import Filed, Lead
    from suyuan.terms import Recipient

EXAMPLE = """
  suyuan trace report add C-1042 --at 2026-11-20T14:05+08:00 --knew phone --knew address
  suyuan trace report list
  suyuan trace report lead
"""


def add(
    customer: KeyArgument,
    at: Annotated[
        str, typer.Option("--at", metavar="TIME", help="When she was called, such as 2026-11-20T14:05+08:00.")
    ],
    knew: Annotated[list[str], typer.Option("--knew", metavar="FIELD", help="What the caller knew; may be repeated.")],
    alias: Annotated[
        str | None,
        typer.Option(
            "--alias",
            metavar="ID",
            help="The number or address that was called, if the platform had given it out in her place; - reads it.",
        ),
    ] = None,
    lang: LangOption = Lang.EN,
    as_json: JsonOption = False,
    store: StoreOption = None,
) -> None:
    """File a victim's report, before she sees her account of releases.

    It is sealed under her own key and entered in the ledger. If her account was drawn before, the report is kept and counts
    nothing: she could have aimed it.
    """
    from suyuan import app
    from suyuan.terms import FieldName

    when = time_given(at, option="--at")
    with app.open_store(store_at(store)) as opened:
        person = person_by_key(opened, customer, erased="who was erased can file none")
        called = sys.stdin.readline().strip() if alias == "-" else alias
        filed = opened.reports().add(person, at=when, knew=[FieldName(name) for name in knew], alias=called)
        opened.publish()
    if as_json:
        print_json(_filed(filed))
        return
    result(word(f"report.{filed.weight.value}", lang=lang.value, entry=filed.index))


def listing(lang: LangOption = Lang.EN, as_json: JsonOption = False, store: StoreOption = None) -> None:
    """List the reports, oldest first, and which of them count."""
    from suyuan import app

    with app.open_store(store_at(store)) as opened:
        filed = opened.reports().filed()
    if as_json:
        print_json([_filed(one) for one in filed])
        return
    names = [word(f"column.{key}", lang=lang.value) for key in ("entry", "filed", "called", "knew", "counts")]
    print_columns(
        [
            (
                str(one.index), one.filed_at.strftime("%Y-%m-%d %H:%M"), "" if one.at is None else one.at.strftime("%Y-%m-%d %H:%M"),
                " ".join(one.knew), word(f"weight.{one.weight.value}", lang=lang.value),
            )
            for one in filed
        ],
        header=names,
    )  # fmt: skip


def lead(lang: LangOption = Lang.EN, as_json: JsonOption = False, store: StoreOption = None) -> None:
    """Say where the reports lead, and whose reports would settle it: grade C, which names nobody."""
    from suyuan import app

    with app.open_store(store_at(store)) as opened:
        found = opened.reports().lead()
    if as_json:
        print_json(_lead(found))
        return
    for line in _told(found, lang=lang.value):
        result(line)


def _filed(filed: "Filed") -> dict[str, object]:
    return {
        "entry": int(filed.index),
        "filed": filed.filed_at.isoformat(timespec="seconds"),
        "called": None if filed.at is None else filed.at.isoformat(timespec="seconds"),
        "knew": list(filed.knew),
        "alias": filed.alias is not None,
        "counts": filed.weight.value == "counts",
        "weight": filed.weight.value,
    }


def _lead(found: "Lead") -> dict[str, object]:
    from math import log

    two = log(2)

    def who(recipient: "Recipient") -> dict[str, object]:
        return {"kind": recipient.kind.value, "id": recipient.id}

    return {
        "grade": "C",
        "reports": found.reports,
        "not_counted": {weight.value: number for weight, number in found.not_counted.items()},
        "line": round(found.line / two, 3),
        "lead": None if found.lead is None else who(found.lead),
        "leading": [
            {
                "recipient": who(recipient), "hits": one.hits, "bits": round(one.log_e / two, 3),
                "robust": round(one.robust / two, 3), "rival": None if rival is None else who(rival), "after": one.at,
            }
            for recipient, one, rival in found.leading
        ],
        "settling": [
            {
                "recipient": who(recipient), "persons": s.persons, "bits": round(s.nats / two, 3), "more": s.more,
                "shown": list(numbers),
            }
            for recipient, s, numbers in found.settling
        ],
        "all_access": [who(recipient) for recipient in found.all_access],
        "aliases": [
            {"report": int(one.report), "releases": [{"entry": int(entry), "recipient": who(r)} for entry, r in one.releases]}
            for one in found.aliases
        ],
    }  # fmt: skip


def _told(found: "Lead", *, lang: str) -> list[str]:
    from math import floor, log

    from suyuan.legible import printable

    two = log(2)
    lines = [word("lead.reports", lang=lang, n=found.reports, line=f"{found.line / two:.1f}")]
    for weight, number in found.not_counted.items():
        lines.append(word("lead.not_counted", lang=lang, n=number, why=word(f"weight.{weight.value}", lang=lang)))
    if found.lead is None:
        lines.append(word("lead.nobody", lang=lang))
    else:
        lines.append(word("lead.lead", lang=lang, who=printable(str(found.lead))))
    for recipient, one, _ in found.leading[:4]:
        bits, robust = floor(one.log_e / two * 10) / 10, floor(one.robust / two * 10) / 10
        lines.append(
            word("lead.leading", lang=lang, who=printable(str(recipient)), hits=one.hits, bits=bits, robust=robust)
        )
    for recipient, s, numbers in found.settling:
        if s.more:
            lines.append(
                word(
                    "lead.settling", lang=lang, n=s.more, who=printable(str(recipient)), persons=s.persons,
                    bits=f"{s.nats / two:.1f}", shown=", ".join(map(str, numbers[:5])),
                )
            )  # fmt: skip
    if found.all_access:
        lines.append(word("lead.all_access", lang=lang, names=", ".join(printable(str(r)) for r in found.all_access)))
    for called in found.aliases:
        names = ", ".join(f"{printable(str(r))} ({entry})" for entry, r in called.releases) or word(
            "lead.nowhere", lang=lang
        )
        lines.append(word("lead.alias", lang=lang, entry=called.report, names=names))
    lines.append(word("lead.grade", lang=lang))
    return lines
