"""`suyuan verify`: one bundle, judged offline; with a policy who signed it, with the dump whether the rows are real."""

from dataclasses import dataclass
from pathlib import Path

from suyuan.errors import RefusedError, UnavailableError
from suyuan.evidence.bundle import read_bundle
from suyuan.evidence.checks import Checked, check
from suyuan.evidence.container import LIMIT_BYTES
from suyuan.evidence.dump import DumpChecked, check_dump
from suyuan.evidence.note import parse_vkey
from suyuan.evidence.policy import Witnessed, authenticate, read_policy


@dataclass(frozen=True, slots=True, kw_only=True)
class Verified:
    """A bundle that verifies, and how much that says.

    `witnessed` is None without a policy: nobody has then authenticated the log. `dump` is None without the dump:
    the bits are then those of the committed rows.
    """

    checked: Checked
    origin: str
    fingerprint: str
    witnessed: Witnessed | None
    dump: DumpChecked | None


def verify(bundle: bytes | Path, *, policy: str | None = None, dump: Path | None = None) -> Verified:
    """Verify a bundle, without network, store or settings.

    Args:
        bundle: the bytes of a `.suyuan` file, or its path.
        policy: the text of a C2SP tlog-policy file.
        dump: the dump that was traced.
    Raises: VerificationError: something does not hold; one line that names where. RefusedError: no such file,
        or a policy that cannot be read.
    """
    rules = None if policy is None else read_policy(policy)
    data = read_file(bundle) if isinstance(bundle, Path) else bundle
    checked = check(read_bundle(data))
    vkey = parse_vkey(checked.bundle.vkey, place="manifest.note")
    return Verified(
        checked=checked,
        origin=vkey.name,
        fingerprint=vkey.fingerprint,
        witnessed=None if rules is None else authenticate(checked.checkpoint.note, vkey=vkey, policy=rules),
        dump=None if dump is None else check_dump(dump, bundle=checked.bundle),
    )


def read_file(path: Path) -> bytes:
    """Give the bytes of a bundle's file, at most one more than a bundle may have.

    Raises: RefusedError: `evidence.missing`, no such file. UnavailableError: the disk refuses.
    """
    try:
        with path.open("rb") as file:
            data = file.read(LIMIT_BYTES + 1)
    except FileNotFoundError:
        raise RefusedError(
            f"{path.name}: there is no such file", code="evidence.missing", hint="check the path"
        ) from None
    except (IsADirectoryError, PermissionError):
        raise RefusedError(f"{path.name}: no file, or it may not be read", code="evidence.missing") from None
    except OSError as error:
        raise UnavailableError(f"the bundle could not be read (system error {error.errno})") from None
    return data
