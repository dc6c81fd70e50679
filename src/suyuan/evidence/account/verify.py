"""`suyuan verify` of an account of releases: judged offline; with a policy also who signed the log, and when."""

from dataclasses import dataclass

from suyuan.evidence.account.check import Checked, check
from suyuan.evidence.account.file import read_account
from suyuan.evidence.note import parse_vkey
from suyuan.evidence.policy import Witnessed, authenticate, read_policy


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifiedAccount:
    """An account that verifies, and how much that says.

    `witnessed` is None without a policy: nobody has then authenticated the log.
    """

    checked: Checked
    origin: str
    fingerprint: str
    witnessed: Witnessed | None


def verify_account(data: bytes, *, policy: str | None = None) -> VerifiedAccount:
    """Verify an account, without network, store or settings.

    Args:
        data: the bytes of a `.suyuan` file.
        policy: the text of a C2SP tlog-policy file.
    Raises: VerificationError: something does not hold; one line that names where. RefusedError: a policy that
        cannot be read.
    """
    rules = None if policy is None else read_policy(policy)
    checked = check(read_account(data))
    vkey = parse_vkey(checked.account.vkey, place="manifest.note")
    return VerifiedAccount(
        checked=checked,
        origin=vkey.name,
        fingerprint=vkey.fingerprint,
        witnessed=None if rules is None else authenticate(checked.checkpoint.note, vkey=vkey, policy=rules),
    )
