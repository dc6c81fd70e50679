"""Files that a verb writes: new, whole, and readable by their owner alone; and standard input as a file."""

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from suyuan.errors import RefusedError, UnavailableError

_CHUNK = 1 << 20


def require_new(*targets: Path | None) -> None:
    """Require that files to be written are not there yet and have a folder to lie in, before any work is done."""
    for target in targets:
        if target is None:
            continue
        if target.exists():
            raise RefusedError(f"{target.name}: exists already", code="file.exists", hint="choose another name")
        if not target.absolute().parent.is_dir():
            raise RefusedError(f"{target.name}: its folder does not exist", code="file.missing", hint="make it first")


def write_new(target: Path, *, data: bytes) -> None:
    """Write a file, whole or not at all."""
    draft = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.link(draft, target)
    except FileExistsError:
        raise RefusedError(f"{target.name}: exists already", code="file.exists", hint="choose another name") from None
    except OSError as e:
        raise UnavailableError(
            f"{target.name}: cannot be written: {e.strerror or 'input/output error'}", code="file.unwritable"
        ) from e
    finally:
        draft.unlink(missing_ok=True)


@contextmanager
def as_file(file: Path) -> Iterator[Path]:
    """Give the file itself, or for `-` standard input as a file that is gone afterwards."""
    if file != Path("-"):
        yield file
        return
    with tempfile.TemporaryDirectory(prefix="suyuan-") as folder:
        path = Path(folder) / "stdin"
        with path.open("wb") as aside:
            while chunk := sys.stdin.buffer.read(_CHUNK):
                aside.write(chunk)
        yield path
