"""The file itself: a zip that stores its members, written in exactly one way, so that every byte is accounted for.

Any zip tool opens it. The reader writes the members anew and compares: a file that differs in one byte, in a
date, in a padding, is refused. Nothing is compressed, so there is nothing that could blow up.
"""

import struct
import zlib
from collections.abc import Mapping, Sequence
from typing import Final

from suyuan.errors import RefusedError, VerificationError

LIMIT_BYTES: Final = 1 << 30
"""The largest bundle that is read or written: 1 GiB."""

MEMBERS: Final = (
    "accused.json",
    "checkpoint",
    "entries.json",
    "laws.json",
    "leaves.json",
    "manifest.note",
    "persons.json",
    "planted.json",
    "trace.json",
)
"""Every member of an evidence bundle, in the order of the file; each is always there."""

NOTE: Final = "manifest.note"
"""The member that lists all others and is signed; every format has it, and its first line names the format."""

LONGEST_FORMAT: Final = 64

_LOCAL: Final = struct.Struct("<4s5H3I2H")
_CENTRAL: Final = struct.Struct("<4s6H3I5H2I")
_END: Final = struct.Struct("<4s4H2IH")
_VERSION: Final = 20
_DATE: Final = (0 << 9) | (1 << 5) | 1
"""1980-01-01, the first day a zip can name."""


def write_container(members: Mapping[str, bytes], *, names: Sequence[str] = MEMBERS) -> bytes:
    """Give the file that holds these members.

    Args:
        members: the content of each.
        names: the members that a bundle of this format has, sorted.
    Raises: RefusedError: other members than a bundle's, or more than `LIMIT_BYTES`.
    """
    if sorted(members) != list(names):
        raise RefusedError("bundle: the members are not those of a bundle", code="evidence.members")
    if sum(map(len, members.values())) > LIMIT_BYTES - (1 << 20):
        raise RefusedError(
            "bundle: more than 1 GiB", code="evidence.size", hint="show fewer persons; the others count against"
        )
    body: list[bytes] = []
    central: list[bytes] = []
    offset = 0
    for name in names:
        data, raw_name = members[name], name.encode("ascii")
        facts = (0, 0, 0, _DATE, zlib.crc32(data), len(data), len(data), len(raw_name), 0)
        local = _LOCAL.pack(b"PK\x03\x04", _VERSION, *facts) + raw_name
        body += (local, data)
        central.append(_CENTRAL.pack(b"PK\x01\x02", _VERSION, _VERSION, *facts, 0, 0, 0, 0, offset) + raw_name)
        offset += len(local) + len(data)
    directory = b"".join(central)
    end = _END.pack(b"PK\x05\x06", 0, 0, len(names), len(names), len(directory), offset, 0)
    return b"".join([*body, directory, end])


def read_container(data: bytes, *, names: Sequence[str] = MEMBERS) -> dict[str, bytes]:
    """Give the members of a bundle file.

    Args:
        data: the file.
        names: the members that a bundle of this format has, sorted.
    Raises: VerificationError: anything but the one way in which these members are written.
    """
    if len(data) > LIMIT_BYTES:
        raise VerificationError("bundle: larger than 1 GiB")
    if not data.startswith(b"PK\x03\x04"):
        raise VerificationError("bundle: not a suyuan bundle (no zip file)")
    members: dict[str, bytes] = {}
    at = 0
    for name in names:
        start = at + _LOCAL.size + len(name)
        if start > len(data):
            raise VerificationError(f"bundle: breaks off before the member {name}")
        signature, _, flags, method, _, _, _, stored, size, name_size, extra = _LOCAL.unpack_from(data, at)
        if signature != b"PK\x03\x04" or name_size != len(name) or data[start - len(name) : start] != name.encode():
            raise VerificationError(f"bundle: the member {name} is missing, misplaced or renamed")
        if flags or method or extra or stored != size:
            raise VerificationError(f"bundle: the member {name} is compressed or encrypted, or carries extra data")
        at = start + size
        if at > len(data):
            raise VerificationError(f"bundle: breaks off inside the member {name}")
        members[name] = data[start:at]
    if write_container(members, names=names) != data:
        raise VerificationError("bundle: the file is not written as bundles are; some byte was changed or added")
    return members


def format_of(data: bytes) -> str:
    """Give the first line of the member `manifest.note`: the format that a file says it is of, or nothing.

    It looks no further and believes nothing; whoever reads that format checks every byte.
    """
    at = 0
    while len(data) - at >= _LOCAL.size and data[at : at + 4] == b"PK\x03\x04":
        fields = _LOCAL.unpack_from(data, at)
        stored, name_size, extra = fields[7], fields[9], fields[10]
        name = data[at + _LOCAL.size : at + _LOCAL.size + name_size]
        at += _LOCAL.size + name_size + extra
        if name == NOTE.encode("ascii"):
            line = data[at : at + min(stored, LONGEST_FORMAT)].partition(b"\n")[0]
            return line.decode("ascii", "replace")
        at += stored
    return ""
