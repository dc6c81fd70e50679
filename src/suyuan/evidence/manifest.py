"""The signed list of a file's members: whose log it is of, and that every member is the one that was signed."""

from collections.abc import Mapping

from suyuan.errors import VerificationError
from suyuan.evidence.container import NOTE
from suyuan.evidence.hashes import sha256
from suyuan.evidence.note import LOG, VerifyKey, parse_note, parse_vkey

_HEAD_LINES = 3


def manifest_text(vkey: str, *, form: str, texts: Mapping[str, bytes]) -> str:
    """Give what the manifest signs: the format, the log's origin and key, and the digest of every other member."""
    lines = [form, vkey.partition("+")[0], vkey]
    lines += [f"{sha256(texts[name]).hex()} {len(texts[name])} {name}" for name in sorted(texts) if name != NOTE]
    return "\n".join(lines) + "\n"


def verify_manifest(texts: Mapping[str, bytes], *, form: str) -> VerifyKey:
    """Check that the manifest names every member as it is and is signed by the key it states.

    Args:
        texts: every member of the file, the manifest among them.
        form: the format that its first line must name.
    Raises: VerificationError: it does not, or is not.
    """
    note = parse_note(texts[NOTE], place=NOTE)
    lines = note.text.split("\n")
    if lines[0] != form:
        raise VerificationError(f"{NOTE}: not the format {form}")
    # A line for every other member, and the empty one after the last.
    if len(lines) != len(texts) + _HEAD_LINES or len(note.signatures) != 1:
        raise VerificationError(f"{NOTE}: expected origin, key, {len(texts) - 1} members and one signature")
    key = parse_vkey(lines[2], place=NOTE)
    if key.type != LOG:
        raise VerificationError(f"{NOTE}: the key is not that of a log")
    if manifest_text(lines[2], form=form, texts=texts) != note.text:
        raise VerificationError(f"{NOTE}: a member is not the one that was signed")
    note.verify_signed(key, place=NOTE)
    return key
