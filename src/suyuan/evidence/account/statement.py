"""What a verified account says, no stronger than what was checked: as text in English or Chinese, and as plain data."""

from typing import Final, Literal

from suyuan.evidence.account.consents import consent_lines
from suyuan.evidence.account.entries import ACCOUNT, BATCH, CONSENT, OPEN, REFUSE, REGISTRY
from suyuan.evidence.account.labels import Enrolled
from suyuan.evidence.account.members import PersonKeys
from suyuan.evidence.account.openings import Shown, Who
from suyuan.evidence.account.verify import VerifiedAccount
from suyuan.evidence.account.wording import CHINESE, ENGLISH, LIMITS, RECIPIENT_LIMITS, Words, words_of
from suyuan.evidence.statement import moment, printable

Language = Literal["en", "zh"]
_REASONS: Final = ("ground", "case", "contract")


def statement(verified: VerifiedAccount, *, lang: Language = "en") -> str:
    """Give what the account says, as text for people.

    Raises: RefusedError: `evidence.language`, a language other than en and zh.
    """
    words = words_of(lang)
    lines = [words["title"], "", *_about(verified, words=words), "", _span(verified, words=words)]
    shown = in_span(verified)
    lines += _beginning(verified, words=words)
    released = [item for item in shown if item.op not in (REFUSE, ACCOUNT, CONSENT)]
    if released or any(item.op == REFUSE for item in shown):
        refusals = sum(item.op == REFUSE for item in shown)
        lines.append(words["releases"].format(count=len(released), refusals=refusals))
    elif not _before_the_log(verified):
        lines.append(words["none"])
    said = sum(item.op == CONSENT for item in shown)
    if said:
        lines.append(words["consents-one" if said == 1 else "consents"].format(count=said))
    for item in shown:
        lines += _item(item, rows=_rows(verified, item=item), words=words)
    lines += ["", words["limits"], *(f"- {words[limit]}" for limit in _limits(verified))]
    return "\n".join(lines) + "\n"


def report(verified: VerifiedAccount) -> dict[str, object]:
    """Give what the account says, as plain data for programs."""
    checked, witnessed = verified.checked, verified.witnessed
    account = checked.account
    return {
        "account": account.kind,
        "complete": True,
        "log": {
            "origin": verified.origin,
            "fingerprint": verified.fingerprint,
            "authenticated": witnessed is not None,
            "tree_size": checked.checkpoint.size,
        },
        "outside_time": None if witnessed is None else witnessed.at,
        "witnesses": [] if witnessed is None else list(witnessed.names),
        "range": {"first": account.first, "end": account.end, "seals": checked.seals, "sealed_at": checked.upto},
        "span": {"since": account.since, "until": until_of(verified)},
        "recipient": _who_data(checked.who),
        "bound": bool(checked.enrolled) and not checked.unbound if account.kind == "person" else True,
        "unbound": [{"first": first, "end": end} for first, end in checked.unbound],
        "began": checked.began,
        "enrolments": [_enrolled_data(enrolled) for enrolled in checked.enrolled],
        "shards": [] if account.kind != "person" else [entry.index for entry in checked.of(OPEN)],
        "counted": checked.counted,
        "registries": [] if account.kind != "person" else [entry.index for entry in checked.of(REGISTRY)],
        "lost": [{"entry": lost.leaf, "t": lost.time, "entries": lost.count} for lost in checked.lost],
        "entries": [_item_data(item, rows=_rows(verified, item=item)) for item in in_span(verified)],
        "limits": {
            "en": [ENGLISH[limit] for limit in _limits(verified)],
            "zh": [CHINESE[limit] for limit in _limits(verified)],
        },
    }


def in_span(verified: VerifiedAccount) -> tuple[Shown, ...]:
    """Give what falls into the time that was asked for, by the log's clock."""
    since, until = verified.checked.account.since or 0, verified.checked.account.until
    return tuple(item for item in verified.checked.shown if since <= item.time and (until is None or item.time < until))


def until_of(verified: VerifiedAccount) -> int:
    """Give the time up to which the account speaks: what was asked for, or the last seal where that is earlier."""
    until, sealed = verified.checked.account.until, verified.checked.upto
    return sealed if until is None else min(until, sealed)


def _about(verified: VerifiedAccount, *, words: Words) -> list[str]:
    checked, witnessed = verified.checked, verified.witnessed
    account = checked.account
    lines = [
        words["log"].format(origin=printable(verified.origin)),
        words["key"].format(fingerprint=verified.fingerprint),
    ]
    if witnessed is None:
        lines.append(words["unauthenticated"])
    else:
        lines.append(words["authenticated"])
        if witnessed.at is None:
            lines.append(words["no-witness"])
        else:
            time, names = moment(witnessed.at * 1000, words=words), words["and"].join(map(printable, witnessed.names))
            lines.append(words["witnessed"].format(size=checked.checkpoint.size, time=time, names=names))
    if account.timestamp:
        lines.append(words["timestamp"])
    complete = words["complete-from" if account.first else "complete"]
    time = moment(checked.upto, words=words)
    seals = words["seal"] if checked.seals == 1 else words["seals"].format(count=checked.seals)
    lines.append(complete.format(first=account.first, entry=account.end - 1, time=time, seals=seals))
    if checked.who is not None:
        lines.append(words["recipient"].format(kind=_kind(checked.who, words=words), id=printable(checked.who.id)))
    elif not checked.enrolled:
        lines.append(words["unbound"])
    for first, end in checked.unbound:
        lines.append(words["unbound-part"].format(first=first, entry=end - 1))
    if isinstance(account.keys, PersonKeys) and not checked.counted:
        registries, opens = (len(checked.of(op)) for op in (REGISTRY, OPEN))
        counted = words["shards"].format(
            registries=registries, opens=opens, entry=checked.sealed, origin=printable(account.keys.origin)
        )
        lines.append(counted)
    for lost in checked.lost:
        time = moment(lost.time, words=words)
        lines.append(words["lost"].format(leaf=lost.leaf, time=time, count=lost.count))
    for place, enrolled in enumerate(checked.enrolled):
        lines += _enrolled(enrolled, again=place > 0, words=words)
    return lines


def _enrolled(enrolled: Enrolled, *, again: bool, words: Words) -> list[str]:
    time = moment(enrolled.at.time, words=words)
    kind = words["identifier"] if enrolled.kind == "identifier" else printable(enrolled.kind)
    lines = [
        words["person-again" if again else "person"].format(
            kind=kind, identifier=printable(enrolled.identifier), leaf=enrolled.at.index, time=time
        )
    ]
    lines += [
        words["erased"].format(time=moment(entry.time, words=words), leaf=entry.index) for entry in enrolled.erased
    ]
    return lines


def _span(verified: VerifiedAccount, *, words: Words) -> str:
    since, until = verified.checked.account.since, moment(until_of(verified), words=words)
    if since is None:
        return words["span-all"].format(until=until)
    return words["span"].format(since=moment(since, words=words), until=until)


def _before_the_log(verified: VerifiedAccount) -> bool:
    """Say whether the time asked for ends before the log began, by the log's clock."""
    until, began = verified.checked.account.until, verified.checked.began
    return until is not None and began is not None and until <= began


def _beginning(verified: VerifiedAccount, *, words: Words) -> list[str]:
    """Say of what part of the time asked for there is no log, or that it is not known."""
    checked = verified.checked
    since = checked.account.since
    if checked.began is not None and _before_the_log(verified):
        return [words["before"].format(time=moment(checked.began, words=words))]
    if since is None or checked.account.first:
        return []
    if checked.began is None:
        return [words["began-unknown"]]
    return [words["began"].format(time=moment(checked.began, words=words))] if since < checked.began else []


def _item(item: Shown, *, rows: int | None, words: Words) -> list[str]:
    time = moment(item.time, words=words)
    if item.op == CONSENT:
        return consent_lines(item, time=time, words=words)
    who = words["unknown"] if item.who is None else _to(item.who, words=words)
    if item.payload is None:
        return [words["closed"].format(time=time, entry=item.leaf, who=who)]
    act = words.get(f"act-{item.text('act')}", printable(item.text("act"))) or words["unknown"]
    purpose = printable(item.text("purpose")) or words["unknown"]
    if item.op == ACCOUNT:
        asked = item.text("who")
        asked = words[asked] if asked == "operator" else printable(asked) or words["unknown"]
        return [words["drawn"].format(time=time, entry=item.leaf, asked=asked)]
    if item.op == REFUSE:
        code = printable(item.text("code"))
        why = words.get(item.text("code"), "") if item.text("code").startswith("release.") else ""
        return [
            words["refusal"].format(time=time, entry=item.leaf, act=act, who=who, purpose=purpose, code=code, why=why)
        ]
    reasons = [words[key].format(value=printable(item.text(key))) for key in _REASONS if item.text(key)]
    if rows is not None:
        reasons.append(words["rows"] if rows == 1 else words["rows-many"].format(count=f"{rows:,}"))
    more = "".join(words["also"] + reason for reason in reasons)
    lines = [words["release"].format(time=time, entry=item.leaf, act=act, who=who, purpose=purpose, more=more)]
    fields = [
        words["masked" if showing == "masked" else "clear"].format(field=printable(name))
        for name, showing in item.fields().items()
    ]
    if fields:
        lines.append(words["release-fields"].format(fields=words["and"].join(fields)))
    return lines


def _kind(who: Who, *, words: Words) -> str:
    return words[who.kind] if who.kind in ("account", "partner") else printable(who.kind)


def _to(who: Who, *, words: Words) -> str:
    place = f"to-{who.kind}"
    return words[place].format(id=printable(who.id)) if place in words else f"{printable(who.kind)} {printable(who.id)}"


def _rows(verified: VerifiedAccount, *, item: Shown) -> int | None:
    """Give how many rows a file had that was handed to the recipient whose account it is."""
    if verified.checked.who is None or item.op != BATCH or item.row is not None:
        return None
    return verified.checked.entries.at(item.leaf, ops=(BATCH,)).value("n").whole()


def _limits(verified: VerifiedAccount) -> tuple[str, ...]:
    return LIMITS if verified.checked.who is None else RECIPIENT_LIMITS


def _who_data(who: Who | None) -> object:
    return None if who is None else {"kind": who.kind, "id": who.id}


def _enrolled_data(enrolled: Enrolled) -> dict[str, object]:
    return {
        "kind": enrolled.kind,
        "identifier": enrolled.identifier,
        "entry": enrolled.at.index,
        "t": enrolled.at.time,
        "erased": [{"entry": entry.index, "t": entry.time} for entry in enrolled.erased],
    }


def _item_data(item: Shown, *, rows: int | None) -> dict[str, object]:
    return {
        "what": {REFUSE: "refusal", ACCOUNT: "account", CONSENT: "consent"}.get(item.op, "release"),
        "entry": item.leaf,
        "row": item.row,
        "t": item.time,
        "recipient": _who_data(item.who),
        "payload": None if item.payload is None else item.payload.value,
        **({} if rows is None else {"rows": rows}),
    }
