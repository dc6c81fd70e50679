"""How an account words a consent that a person gave, refused or withdrew."""

from suyuan.evidence.account.openings import Shown
from suyuan.evidence.account.wording import Words
from suyuan.evidence.receipt.record import ConsentRecord, read_record
from suyuan.evidence.statement import printable


def consent_lines(item: Shown, *, time: str, words: Words) -> list[str]:
    """Give the lines of one consent.

    Raises: VerificationError: what it opens to is no record of a consent.
    """
    assert item.payload is not None  # In a person's account every consent opens.
    record = read_record(item.payload)
    line = words["consent"].format(
        time=time,
        entry=item.leaf,
        state=words[f"consent-{record.state}"],
        purpose=printable(record.purpose),
        scope=scope_of(record, words=words),
        guardian=words["guardian"] if record.guardian else "",
    )
    return [line, words["consent-id"].format(receipt=record.receipt_id)]


def scope_of(record: ConsentRecord, *, words: Words) -> str:
    """Give what of a purpose a consent concerns; nothing where it is the purpose itself."""
    sentence = words.get(f"scope-{record.scope}", "")
    return sentence.format(recipient=printable(record.recipient))
