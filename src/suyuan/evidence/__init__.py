"""Evidence: the bundle's format and its offline verifier; no database, no network, no settings.

Promises: whatever is accepted was proved from the log's checkpoint down to every mark, byte for byte, and the
bits are recomputed here by arithmetic of its own. It needs the standard library and `cryptography` only.
Does not promise that the log is honest: who signed needs a policy, whether the rows are real needs the dump, and
a mark names a copy and never a hand.
"""

from suyuan.evidence.bundle import Bundle, law_of, read_bundle, write_bundle
from suyuan.evidence.checks import Checked, Finding, check, establish
from suyuan.evidence.statement import report, statement
from suyuan.evidence.verify import Verified, verify

__all__ = [
    "Bundle",
    "Checked",
    "Finding",
    "Verified",
    "check",
    "establish",
    "law_of",
    "read_bundle",
    "report",
    "statement",
    "verify",
    "write_bundle",
]
