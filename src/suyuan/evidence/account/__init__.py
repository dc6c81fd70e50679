"""Accounts of releases: the format and the offline verifier; no database, no network, no settings.

Promises: what is accepted holds every release, refusal and account that the log has under this label in the range
that the account names, none omitted, down to a checkpoint that the log signed.
Does not promise: that the log's seals were computed truly (whoever replays the log sees that), nor that nothing left the platform
beside the log; no log can.
"""

from suyuan.evidence.account.check import Checked, check
from suyuan.evidence.account.file import Account, read_account, write_account
from suyuan.evidence.account.fork import require_consistent
from suyuan.evidence.account.statement import report, statement
from suyuan.evidence.account.verify import VerifiedAccount, verify_account

__all__ = [
    "Account",
    "Checked",
    "VerifiedAccount",
    "check",
    "read_account",
    "report",
    "require_consistent",
    "statement",
    "verify_account",
    "write_account",
]
