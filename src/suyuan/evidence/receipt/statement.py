"""What a verified receipt says, no stronger than what was checked: as text in English or Chinese, and as plain data."""

from typing import Literal

from suyuan.evidence.receipt.verify import VerifiedReceipt
from suyuan.evidence.receipt.wording import CHINESE, ENGLISH, LIMITS, words_of
from suyuan.evidence.statement import moment, printable

Language = Literal["en", "zh"]


def statement(verified: VerifiedReceipt, *, lang: Language = "en") -> str:
    """Give what the receipt says, as text for people.

    Raises: RefusedError: `evidence.language`, a language other than en and zh.
    """
    words, record = words_of(lang), verified.record
    said = words["said" if record.channel else "said-plain"]
    lines = [
        words["title"].format(state=words[record.state]),
        "",
        words["log"].format(
            origin=printable(verified.origin), entry=verified.entry, time=moment(verified.time, words=words)
        ),
        words["key"].format(fingerprint=verified.fingerprint),
        words["authenticated" if verified.authenticated else "unauthenticated"],
        "",
        words["receipt"].format(receipt=record.receipt_id),
        words["person"].format(person=printable(record.principal)),
        *([words["guardian"].format(guardian=printable(record.guardian))] if record.guardian else []),
        words["processor"].format(processor=printable(record.processor) or words["none"]),
        words["purpose"].format(title=printable(record.title), purpose=printable(record.purpose)),
        words["scope"].format(scope=words[f"scope-{record.scope}"].format(recipient=printable(record.recipient))),
        words["fields"].format(fields=words["and"].join(map(printable, record.fields)) or words["none"]),
        words["notice"].format(notice=printable(record.notice) or words["none"]),
        said.format(time=moment(record.time, words=words), channel=printable(record.channel)),
        "",
        words["limits"],
        *(f"- {words[limit]}" for limit in LIMITS),
    ]
    return "\n".join(lines) + "\n"


def report(verified: VerifiedReceipt) -> dict[str, object]:
    """Give what the receipt says, as plain data for programs."""
    record = verified.record
    return {
        "consistent": True,
        "log": {
            "origin": verified.origin,
            "fingerprint": verified.fingerprint,
            "authenticated": verified.authenticated,
        },
        "entry": verified.entry,
        "t": verified.time,
        "receipt": record.receipt_id,
        "person": record.principal,
        "guardian": record.guardian,
        "purpose": record.purpose,
        "scope": record.scope,
        "recipient": record.recipient,
        "state": record.state,
        "said": record.time,
        "fields": list(record.fields),
        "terms": record.terms.hex(),
        "document": verified.document.value,
        "limits": {"en": [ENGLISH[limit] for limit in LIMITS], "zh": [CHINESE[limit] for limit in LIMITS]},
    }
