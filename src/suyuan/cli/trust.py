"""What a person brings from elsewhere to check a log or a bundle by: a key, a policy, checkpoints."""

from pathlib import Path
from typing import TYPE_CHECKING

from suyuan.errors import RefusedError, VerificationError

if TYPE_CHECKING:
    from suyuan.crypto.sign import VerifyKey

_LARGEST_BYTES = 1 << 20


def read_policy_text(file: Path) -> str:
    """Give the text of a C2SP tlog-policy.

    Raises: RefusedError: `evidence.policy`, no text file.
    """
    try:
        return file.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise RefusedError("the policy is not text", code="evidence.policy") from None
    except OSError as e:
        raise RefusedError(f"the policy cannot be read: {e.strerror}", code="evidence.policy") from None


def read_given_key(given: str) -> "VerifyKey":
    """Give the key of `--vkey`: a C2SP vkey, or a file that holds one.

    Raises: RefusedError: `ledger.vkey`, neither.
    """
    from suyuan.crypto.sign import parse_vkey

    for text in (given, _text_of(given)):
        try:
            return parse_vkey(text.strip())
        except VerificationError:
            continue
    raise RefusedError(
        "--vkey is no key and no file that holds one", code="ledger.vkey", hint="a key looks like NAME+8 digits+base64"
    )


def read_checkpoint_file(file: Path) -> bytes:
    """Give the bytes of a checkpoint that was kept elsewhere.

    Raises: RefusedError: `ledger.checkpoint`, it cannot be read.
    """
    try:
        with file.open("rb") as opened:
            return opened.read(_LARGEST_BYTES)
    except OSError as e:
        raise RefusedError(f"the checkpoint cannot be read: {e.strerror}", code="ledger.checkpoint") from None


def _text_of(path: str) -> str:
    try:
        return read_checkpoint_file(Path(path)).decode("ascii")
    except (RefusedError, ValueError):
        return ""
