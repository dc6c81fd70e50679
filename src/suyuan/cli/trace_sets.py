"""What access sets say of a dump, in sentences for the terminal."""

from typing import TYPE_CHECKING

from suyuan.cli.trace_words import word
from suyuan.legible import printable

if TYPE_CHECKING:
    from collections.abc import Iterable

    from suyuan.terms import Recipient
    from suyuan.trace.naming.attribution import SetsFound

NAMES = 6
LEADS = 4


def told(sets: "SetsFound", *, lang: str) -> list[str]:
    """Give the sentences; none where nobody stands out, so that silence is not read as a clearance."""
    lines = []
    for account in sets.named:
        lines.append(
            word(
                "sets.named", lang=lang, who=printable(str(account.recipient)), hits=account.hits, persons=sets.persons,
                expected=f"{account.expected:.1f}", gamma=f"{account.gamma:.1f}",
            )
        )  # fmt: skip
    lines += [word("sets.group", lang=lang, names=_names(group)) for group in sets.groups]
    for account in sets.leads[:LEADS]:
        who = printable(str(account.recipient))
        lines.append(word("sets.lead", lang=lang, who=who, hits=account.hits, persons=sets.persons))
    if not lines:
        return _excluded(sets, lang=lang)
    if sets.all_access:
        lines.append(word("sets.all_access", lang=lang, names=_names(sets.all_access)))
    legacy = sum(account.legacy for account in (*sets.named, *sets.leads[:LEADS]))
    if legacy:
        lines.append(word("sets.legacy", lang=lang, n=legacy))
    return [*lines, *_excluded(sets, lang=lang), word("sets.assumption", lang=lang)]


def _excluded(sets: "SetsFound", *, lang: str) -> list[str]:
    excluded = len(sets.contradictions)
    return [word("sets.contradictions", lang=lang, n=excluded)] if excluded else []


def _names(recipients: "Iterable[Recipient]") -> str:
    names = [printable(str(recipient)) for recipient in recipients]
    return ", ".join(names[:NAMES]) + (", ..." if len(names) > NAMES else "")
