"""Archives of a backup: a tar file with a manifest of every member's size and hash, written whole or not at all."""

import fcntl
import hashlib
import io
import os
import tarfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO, Final

from suyuan.crypto import canonical
from suyuan.errors import RefusedError, UnavailableError, VerificationError

MANIFEST: Final = "manifest.json"
_CHUNK: Final = 1 << 20
_MANIFEST_BYTES: Final = 64 << 20
_PART: Final = ".suyuan-part"

Told = Callable[[int], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """A file of an archive: its size and SHA-256."""

    size: int
    sha256: str


def write_archive(
    target: Path, *, facts: Mapping[str, canonical.Json], members: Mapping[str, Path | bytes], told: Told | None = None
) -> str:
    """Write members and a manifest of them to a new file; give the file's SHA-256.

    Args:
        facts: what the manifest says beside the members.
        told: is told how many bytes were written, as they are.
    Raises: RefusedError: the file exists. UnavailableError: it cannot be written; nothing is left behind.
    """
    if target.exists():
        raise _exists(target)
    part = target.with_name(f".{target.name}.{os.getpid()}{_PART}")
    try:
        _sweep(target)
        with open(os.open(part, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600), "w+b") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            digest = _fill(file, facts=facts, members=members, told=told)
            # A link never takes the place of a file that was made meanwhile.
            os.link(part, target)
        folder = os.open(target.absolute().parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    except FileExistsError:
        raise _exists(target) from None
    except OSError as error:
        raise UnavailableError(
            f"{target.name}: cannot be written: {error.strerror or 'input/output error'}",
            code="file.unwritable",
            hint="no backup was made; make room or choose another place",
        ) from error
    finally:
        part.unlink(missing_ok=True)
    return digest


def read_manifest(archive: Path) -> Mapping[str, canonical.Json]:
    """Give the manifest of an archive, its facts and `members`; its members are not looked at.

    Raises: VerificationError `backup.archive`: it is none. UnavailableError: it cannot be read.
    """
    with _opened(archive) as tar:
        first = tar.next()
        if first is None or first.name != MANIFEST or not first.isreg() or first.size > _MANIFEST_BYTES:
            raise _damaged(archive)
        read = tar.extractfile(first)
        return canonical.decode_object(b"" if read is None else read.read())


def unpack_archive(archive: Path, *, into: Path, allowed: Callable[[str], bool], told: Told | None = None) -> None:
    """Write every member of an archive below a folder, and check each against the manifest.

    Raises: VerificationError `backup.archive`: a member is missing, altered, or none that belongs there.
    """
    listed = members_of(read_manifest(archive), archive=archive)
    with _opened(archive) as tar:
        tar.next()
        seen: set[str] = set()
        while (member := tar.next()) is not None:
            name, expected = member.name, listed.get(member.name)
            parts = PurePosixPath(name).parts
            if expected is None or name in seen or not member.isreg() or ".." in parts or name.startswith("/"):
                raise _damaged(archive)
            if not allowed(name):
                raise _damaged(archive)
            read = tar.extractfile(member)
            if read is None or _unpack(read, place=into / name, told=told) != expected:
                raise _damaged(archive)
            seen.add(name)
    if seen != listed.keys():
        raise _damaged(archive)


def members_of(manifest: Mapping[str, canonical.Json], *, archive: Path) -> dict[str, Member]:
    """Give the members that a manifest lists. Raises: VerificationError: it is not of a known form."""
    found: dict[str, Member] = {}
    listed = manifest.get("members")
    if not isinstance(listed, dict):
        raise _damaged(archive)
    for name, member in listed.items():
        match member:
            case {"size": int(size), "sha256": str(sha256)}:
                found[name] = Member(size=size, sha256=sha256)
            case _:
                raise _damaged(archive)
    return found


def _fill(
    file: io.BufferedRandom,
    *,
    facts: Mapping[str, canonical.Json],
    members: Mapping[str, Path | bytes],
    told: Told | None,
) -> str:
    measured = {name: _measure(source) for name, source in members.items()}
    listed: dict[str, canonical.Json] = {
        name: {"size": member.size, "sha256": member.sha256} for name, member in measured.items()
    }
    manifest = canonical.encode({**facts, "members": listed})
    with tarfile.open(fileobj=file, mode="w|", format=tarfile.PAX_FORMAT) as tar:
        for name, source in {MANIFEST: manifest, **members}.items():
            header = tarfile.TarInfo(name)
            header.mode = 0o600
            if isinstance(source, bytes):
                header.size = len(source)
                tar.addfile(header, io.BytesIO(source))
            else:
                header.size = measured[name].size
                with source.open("rb") as read:
                    tar.addfile(header, read)
            if told is not None:
                told(header.size)
    file.flush()
    os.fsync(file.fileno())
    file.seek(0)
    return hashlib.file_digest(file, "sha256").hexdigest()


def _measure(source: Path | bytes) -> Member:
    if isinstance(source, bytes):
        return Member(size=len(source), sha256=hashlib.sha256(source).hexdigest())
    with source.open("rb") as file:
        return Member(sha256=hashlib.file_digest(file, "sha256").hexdigest(), size=file.tell())


def _unpack(read: IO[bytes], *, place: Path, told: Told | None) -> Member:
    hasher, size = hashlib.sha256(), 0
    place.parent.mkdir(parents=True, exist_ok=True)
    try:
        with open(os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            while chunk := read.read(_CHUNK):
                hasher.update(chunk)
                size += len(chunk)
                file.write(chunk)
                if told is not None:
                    told(len(chunk))
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise UnavailableError(f"{place.name}: cannot be written: {error.strerror}", code="file.unwritable") from error
    return Member(size=size, sha256=hasher.hexdigest())


@contextmanager
def _opened(archive: Path) -> Iterator[tarfile.TarFile]:
    """Open an archive for reading; foreign errors leave as ours."""
    try:
        tar = tarfile.open(archive, mode="r:")  # noqa: SIM115 - closed below, where what its reader raises is ours too
    except tarfile.TarError as error:
        raise _damaged(archive) from error
    except OSError as error:
        raise RefusedError(
            f"{archive.name} cannot be read: {error.strerror}",
            code="file.unreadable",
            hint="see that it is there and that you may read it",
        ) from error
    with tar:
        try:
            yield tar
        except (tarfile.TarError, EOFError) as error:
            raise _damaged(archive) from error


def _sweep(target: Path) -> None:
    """Remove what killed writers left of this file."""
    for left in target.parent.glob(f".{target.name}.*{_PART}"):
        with left.open("rb") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                continue
            left.unlink(missing_ok=True)


def _damaged(archive: Path) -> VerificationError:
    return VerificationError(
        f"{archive.name}: is no backup of suyuan, or was altered",
        code="backup.archive",
        hint="take another copy of it; nothing was restored",
    )


def _exists(target: Path) -> RefusedError:
    return RefusedError(f"{target.name}: exists already", code="file.exists", hint="choose another name")
